import { randomBytes as systemRandomBytes } from 'node:crypto';
import { type RandomBytes, toHex } from './bytes.js';
import { encodeDistinguishedName, type SubjectFields } from './distinguished-name.js';
import { PkiError } from './errors.js';
import { extension } from './extensions.js';
import { keyIdentifier } from './hashes.js';
import { type KeyType, readPublicKey } from './public-key.js';
import { randomSerial } from './serial-number.js';
import type { Signer } from './signer.js';
import { assembleCertificate, encodeTbsCertificate, sha256SignatureAlgorithm } from './tbs-certificate.js';
import { validityInYears } from './validity.js';

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
  const name = encodeDistinguishedName(`CAPF-${toHex(randomBytes(4))}`, subject);
  const keyId = keyIdentifier(readPublicKey(signer.spki).subjectPublicKey);
  const signatureAlgorithm = sha256SignatureAlgorithm('rsa');
  const tbs = encodeTbsCertificate({
    ...validityInYears(now, years),
    serial: randomSerial(randomBytes),
    signatureAlgorithm,
    issuer: name,
    subject: name,
    spki: signer.spki,
    extensions: [
      extension.issuerOfEndEntities(),
      extension.keyUsage('digitalSignature', 'keyEncipherment', 'keyCertSign', 'cRLSign'),
      extension.subjectKeyIdentifier(keyId),
      extension.authorityKeyIdentifier(keyId),
    ],
  });
  return assembleCertificate(tbs, signatureAlgorithm, await signer.sign(tbs));
}
