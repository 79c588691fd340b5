import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { RandomBytes } from './bytes.js';
import { encodeDistinguishedName, type SubjectFields } from './distinguished-name.js';
import { extension, type KeyUsage } from './extensions.js';
import { keyIdentifier } from './hashes.js';
import { readPublicKey } from './public-key.js';
import { randomSerial } from './serial-number.js';
import type { Signer } from './signer.js';
import { assembleCertificate, encodeTbsCertificate, sha256SignatureAlgorithm } from './tbs-certificate.js';
import { validityInYears } from './validity.js';

/** What a self-signed certificate is made with. */
export interface SelfSigned {
  readonly commonName: string;
  readonly subject: SubjectFields;
  readonly usages: readonly KeyUsage[];
  /** Whether it vouches for end entities: critical CA:TRUE, pathlen:0; else critical CA:FALSE. */
  readonly isCa: boolean;
  readonly years: number;
  readonly now: Date;
  readonly randomBytes: RandomBytes;
}

/**
 * A certificate that its own key signs, DER: no extendedKeyUsage, since that would bind the LSCs below a CA; backdated by five
 * minutes.
 *
 * @throws PkiError `distinguished-name-malformed`, `public-key-*`, `signing-failed`
 */
export async function selfSign(signer: Signer, wanted: SelfSigned): Promise<Uint8Array> {
  const name = encodeDistinguishedName(wanted.commonName, wanted.subject);
  const keyId = keyIdentifier(readPublicKey(signer.spki).subjectPublicKey);
  const signatureAlgorithm = sha256SignatureAlgorithm(signer.type.kind);
  const tbs = encodeTbsCertificate({
    ...validityInYears(wanted.now, wanted.years),
    serial: randomSerial(wanted.randomBytes),
    signatureAlgorithm,
    issuer: name,
    subject: name,
    spki: signer.spki,
    extensions: [
      wanted.isCa ? extension.issuerOfEndEntities() : extension.endEntity(),
      extension.keyUsage(...wanted.usages),
      extension.subjectKeyIdentifier(keyId),
      extension.authorityKeyIdentifier(keyId),
    ],
  });
  return assembleCertificate(tbs, signatureAlgorithm, await signer.sign(tbs));
}

/** How the certificate of an issuer of LSCs is to be called. */
export interface IssuerSubject extends SubjectFields {
  readonly commonName: string;
}

const issuerYears = 20;

/**
 * Makes the self-signed certificate of an issuer of LSCs that phones do not meet, DER: keyCertSign and cRLSign, 20 years.
 *
 * @param signer - RSA, or EC on P-256 or P-384, wherever the key lives
 * @throws PkiError `distinguished-name-malformed`, `signing-failed`
 */
export async function createIssuerCertificate(
  signer: Signer,
  { commonName, ...subject }: IssuerSubject,
  now: Date = new Date(),
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  return await selfSign(signer, {
    commonName,
    subject,
    usages: ['digitalSignature', 'keyCertSign', 'cRLSign'],
    isCa: true,
    years: issuerYears,
    now,
    randomBytes,
  });
}
