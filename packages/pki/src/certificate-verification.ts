import { X509Certificate } from 'node:crypto';
import type { CertificateRecord } from './certificate-reader.js';

/**
 * True when `issuer` is a CA whose subject and key identifier are what `certificate` names as its issuer, whose key usage
 * allows it, and whose key made the signature. Dates, revocation and longer chains are not looked at.
 */
export function verifySignedBy(certificate: CertificateRecord, issuer: CertificateRecord): boolean {
  if (!issuer.isCa) return false;
  const signed = new X509Certificate(certificate.der);
  const signing = new X509Certificate(issuer.der);
  return signed.checkIssued(signing) && signed.verify(signing.publicKey);
}
