import { randomBytes } from 'node:crypto';
import { createCapfCertificate } from '../capf-certificate.js';
import { encodeDistinguishedName, type SubjectFields } from '../distinguished-name.js';
import { extension } from '../extensions.js';
import { keyIdentifier } from '../hashes.js';
import { type Issuer, loadIssuer } from '../issuer.js';
import { generateKeyPair } from '../keys.js';
import { type EcKeySize, readPublicKey } from '../public-key.js';
import { randomSerial } from '../serial-number.js';
import { createSigner } from '../signer.js';
import { assembleCertificate, encodeTbsCertificate, sha256SignatureAlgorithm } from '../tbs-certificate.js';
import type { Validity } from '../validity.js';

export const issuerSubject = {
  organization: 'Prüfstand',
  organizationalUnit: 'Phones',
  locality: 'Köln',
  state: 'NW',
  country: 'DE',
} as const satisfies SubjectFields;

/** A CAPF key and certificate. */
export async function rsaIssuer(now: Date): Promise<Issuer> {
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  return loadIssuer(await createCapfCertificate(signer, issuerSubject, now), signer);
}

/** An issuer with an EC key, self-signed. */
export async function ecIssuer(size: EcKeySize, validity: Validity): Promise<Issuer> {
  const signer = createSigner(await generateKeyPair({ kind: 'ec', size }));
  const name = encodeDistinguishedName('Site LSC issuer', { country: 'FR' });
  const signatureAlgorithm = sha256SignatureAlgorithm('ec');
  const tbs = encodeTbsCertificate({
    ...validity,
    serial: randomSerial(randomBytes),
    signatureAlgorithm,
    issuer: name,
    subject: name,
    spki: signer.spki,
    extensions: [
      extension.issuerOfEndEntities(),
      extension.keyUsage('keyCertSign', 'cRLSign'),
      extension.subjectKeyIdentifier(keyIdentifier(readPublicKey(signer.spki).subjectPublicKey)),
    ],
  });
  return loadIssuer(assembleCertificate(tbs, signatureAlgorithm, await signer.sign(tbs)), signer);
}
