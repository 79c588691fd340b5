import { randomBytes as systemRandomBytes } from 'node:crypto';
import { type RandomBytes, toHex } from './bytes.js';
import type { SubjectFields } from './distinguished-name.js';
import { PkiError } from './errors.js';
import type { KeyType } from './public-key.js';
import { selfSign } from './self-signed.js';
import type { Signer } from './signer.js';

/** The key of the HTTPS server of phones' files: phones want an EC one there (tftp-file-formats.md, section 5.1). */
export const fileServerKeyType = { kind: 'ec', size: 256 } as const satisfies KeyType;

/** As of who signs files: phones know it by their trust list alone, and each change of it needs them to fetch another one. */
const years = 20;

/**
 * Makes the self-signed certificate of the HTTPS server of phones' files, DER: CN of `TFTP-EC`, a hyphen and eight random lower-case
 * hex digits; critical CA:FALSE; digitalSignature; 20 years, backdated by five minutes. It names no host, since phones look it up in
 * their trust list.
 *
 * @throws PkiError `key-type-unsupported`, `distinguished-name-malformed`, `signing-failed`
 */
export async function createFileServerCertificate(
  signer: Signer,
  subject: SubjectFields = {},
  now: Date = new Date(),
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  if (signer.type.kind !== 'ec') {
    throw new PkiError('key-type-unsupported', 'Phones take an HTTPS server of files with an EC key only.');
  }
  return await selfSign(signer, {
    commonName: `TFTP-EC-${toHex(randomBytes(4))}`,
    subject,
    usages: ['digitalSignature'],
    isCa: false,
    years,
    now,
    randomBytes,
  });
}
