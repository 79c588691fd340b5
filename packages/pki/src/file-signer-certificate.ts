import { randomBytes as systemRandomBytes } from 'node:crypto';
import { type RandomBytes, toHex } from './bytes.js';
import type { SubjectFields } from './distinguished-name.js';
import { PkiError } from './errors.js';
import type { KeyType } from './public-key.js';
import { selfSign } from './self-signed.js';
import type { Signer } from './signer.js';

/** The key of who signs phones' files: phones take RSA of 2048 bits at most (tftp-file-formats.md, section 1.1). */
export const fileSignerKeyType = { kind: 'rsa', size: 2048 } as const satisfies KeyType;

/** Of a recovery certificate the source documents say 20 years; nothing says less of the others, and each change of them needs phones. */
const years = 20;

/**
 * Makes the self-signed certificate of who signs phones' files, DER: CN of the prefix, a hyphen and eight random lower-case hex
 * digits; critical CA:FALSE; digitalSignature and keyEncipherment; 20 years, backdated by five minutes.
 *
 * @param prefix - Such as `TFTP`, `SAST` or `SAST-Recovery`.
 * @throws PkiError `key-type-unsupported`, `distinguished-name-malformed`, `signing-failed`
 */
export async function createFileSignerCertificate(
  signer: Signer,
  prefix: string,
  subject: SubjectFields = {},
  now: Date = new Date(),
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  if (signer.type.kind !== 'rsa')
    throw new PkiError('key-type-unsupported', 'Phones take files signed by RSA keys only.');
  return await selfSign(signer, {
    commonName: `${prefix}-${toHex(randomBytes(4))}`,
    subject,
    usages: ['digitalSignature', 'keyEncipherment'],
    isCa: false,
    years,
    now,
    randomBytes,
  });
}
