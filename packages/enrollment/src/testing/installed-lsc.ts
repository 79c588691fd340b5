import assert from 'node:assert/strict';
import { generateKeyPair } from '@opencapf/pki';
import type { Held } from './held-certificates.js';
import type { Rig } from './rig.js';
import { ordinaryPhone } from './scripted-phone.js';

/** Installs an LSC, or with `lost` lets its acknowledgement get lost and cancels the operation. */
export async function installLsc(rig: Rig, device: number, name: string, lost = false): Promise<Held> {
  const operation = await rig.queue(device);
  const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
  const usual = ordinaryPhone({ name, publicKey: key.spki });
  let certificate: Uint8Array | undefined;
  await rig.serve(
    ordinaryPhone({
      name,
      publicKey: key.spki,
      but: {
        StoreCertificateRequest: (request) => {
          certificate = request.certificate?.der;
          return lost ? 'phone-left' : usual.reactTo(request);
        },
      },
    }),
  );
  if (lost) {
    await rig.rows(
      `update opencapf_private.operation set state = 'cancelled', ended_at = now() where id = $1`,
      operation,
    );
  }
  return { certificate: certificate ?? assert.fail('nothing was issued'), key };
}
