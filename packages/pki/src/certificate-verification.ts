import type { KeyObject } from 'node:crypto';
import { sameBytes } from './bytes.js';
import { type CertificateRecord, opensslView } from './certificate-reader.js';
import { oid } from './object-identifiers.js';

/**
 * True when `issuer` is a CA whose subject and key identifier are what `certificate` names as its issuer, whose key usage
 * allows it, and whose key made the signature. Dates, revocation and longer chains are not looked at.
 */
export function verifySignedBy(certificate: CertificateRecord, issuer: CertificateRecord): boolean {
  const key = issuer.isCa && namesAsIssuer(certificate, issuer) ? publicKeyOf(issuer) : undefined;
  return key !== undefined && hasSignatureOf(certificate, key);
}

/** Undefined where OpenSSL cannot use the key, such as a point that is not on its curve. */
export function publicKeyOf(certificate: CertificateRecord): KeyObject | undefined {
  try {
    return opensslView(certificate).publicKey;
  } catch {
    return undefined;
  }
}

/** True when names, key identifiers and the issuer's key usage allow that `issuer` signed `certificate`. */
export function namesAsIssuer(certificate: CertificateRecord, issuer: CertificateRecord): boolean {
  return opensslView(certificate).checkIssued(opensslView(issuer));
}

/** SHA-1 is among them since the certificates of old phones are signed with it; MD5 is not, since it can be forged. */
const acceptedAlgorithms: ReadonlySet<string> = new Set([
  oid.sha1WithRsaEncryption,
  oid.sha256WithRsaEncryption,
  oid.sha384WithRsaEncryption,
  oid.sha512WithRsaEncryption,
  oid.rsassaPss,
  oid.ecdsaWithSha1,
  oid.ecdsaWithSha256,
  oid.ecdsaWithSha384,
  oid.ecdsaWithSha512,
]);

/** True when this key made the signature of the certificate, by an algorithm that is accepted. */
export function hasSignatureOf(certificate: CertificateRecord, key: KeyObject): boolean {
  return acceptedAlgorithms.has(certificate.signatureAlgorithm) && opensslView(certificate).verify(key);
}

/**
 * True when a certificate may stand as an issuer: CA:TRUE, and keyCertSign where it bears a key usage. Roots from the
 * time before basicConstraints (X.509 version 1 among them) have none: they may when they are self-signed.
 */
export function mayIssue(certificate: CertificateRecord): boolean {
  if (certificate.keyUsage?.includes('keyCertSign') === false) return false;
  return certificate.isCa || (!certificate.extensions.includes(oid.basicConstraints) && isSelfSigned(certificate));
}

function isSelfSigned(certificate: CertificateRecord): boolean {
  const key = sameBytes(certificate.subjectDer, certificate.issuerDer) ? publicKeyOf(certificate) : undefined;
  return key !== undefined && hasSignatureOf(certificate, key);
}
