import { sameBytes } from './bytes.js';
import { type CertificateRecord, readCertificate } from './certificate-reader.js';
import { PkiError } from './errors.js';
import { keyIdentifier } from './hashes.js';
import { readPublicKey } from './public-key.js';
import type { Signer } from './signer.js';

/** A CA certificate with the key that signs for it. */
export interface Issuer {
  readonly certificate: CertificateRecord;
  readonly signer: Signer;
  /** What the certificates it issues bear as authority key identifier. */
  readonly keyId: Uint8Array;
}

/**
 * Brings a CA certificate and its key together.
 *
 * @param certificate - PEM or DER.
 * @throws PkiError `certificate-unreadable`, `issuer-not-a-ca`, `issuer-key-mismatch`
 */
export function loadIssuer(certificate: Uint8Array | string, signer: Signer): Issuer {
  const record = readCertificate(certificate);
  if (!record.isCa || record.keyUsage?.includes('keyCertSign') === false) throw new PkiError('issuer-not-a-ca');
  if (!sameBytes(record.spki, signer.spki)) throw new PkiError('issuer-key-mismatch');
  const keyId =
    record.subjectKeyId === undefined
      ? keyIdentifier(readPublicKey(record.spki).subjectPublicKey)
      : Buffer.from(record.subjectKeyId, 'hex');
  return { certificate: record, signer, keyId };
}
