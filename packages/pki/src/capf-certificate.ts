import { randomBytes as systemRandomBytes } from 'node:crypto';
import { type RandomBytes, toHex } from './bytes.js';
import type { SubjectFields } from './distinguished-name.js';
import { PkiError } from './errors.js';
import type { KeyType } from './public-key.js';
import { selfSign } from './self-signed.js';
import type { Signer } from './signer.js';

/** The key of the CAPF certificate. RSA, since old phones meet it with RSA key exchange (capf-wire-protocol.md, section 9). */
export const capfKeyType = { kind: 'rsa', size: 2048 } as const satisfies KeyType;

const years = 20;

/**
 * Makes the self-signed CAPF certificate that phones meet on port 3804 and find in their trust list with role CAPF, DER.
 *
 * CN `CAPF-` and eight random lower-case hex digits; critical CA:TRUE, pathlen:0; key usages for TLS by RSA key exchange
 * (digitalSignature, keyEncipherment) and for issuing (keyCertSign, cRLSign); no extendedKeyUsage, since that would bind
 * the LSCs below it; 20 years, backdated by five minutes.
 *
 * @param signer - Holds the RSA key.
 * @param subject - O, OU, L, ST, C, each optional.
 * @throws PkiError `key-type-unsupported`, `distinguished-name-malformed`, `signing-failed`
 */
export async function createCapfCertificate(
  signer: Signer,
  subject: SubjectFields = {},
  now: Date = new Date(),
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  if (signer.type.kind !== 'rsa') throw new PkiError('key-type-unsupported', 'The CAPF certificate needs an RSA key.');
  return await selfSign(signer, {
    commonName: `CAPF-${toHex(randomBytes(4))}`,
    subject,
    usages: ['digitalSignature', 'keyEncipherment', 'keyCertSign', 'cRLSign'],
    isCa: true,
    years,
    now,
    randomBytes,
  });
}

/**
 * Whether a key may serve port 3804.
 *
 * @throws PkiError `capf-key-not-rsa`
 */
export function requireCapfKey({ kind, size }: KeyType): void {
  if (kind !== 'rsa' || size < 2048 || size > 4096) throw new PkiError('capf-key-not-rsa');
}
