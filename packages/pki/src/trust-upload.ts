import { type CertificateRecord, readCertificate } from './certificate-reader.js';
import { mayIssue, publicKeyOf } from './certificate-verification.js';
import { certificatesOnly } from './certificates-only.js';
import { derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { sha256Hex } from './hashes.js';
import { fromPem, longestPem, type PemLabel } from './pem.js';

/** Longer uploads are refused unread, in bytes. */
export const longestTrustUpload = longestPem;

/** More certificates in one upload are refused: the largest chains have a handful. */
export const mostTrustedCertificates = 200;

const labels = ['CERTIFICATE', 'X509 CERTIFICATE', 'PKCS7', 'CMS'] as const satisfies readonly PemLabel[];

/**
 * Reads what an administrator gives for the trust store: one certificate in DER, any number in PEM, or a PKCS#7
 * certificates-only message in DER or PEM. Other PEM blocks and text around them are passed over; what stands twice counts
 * once. All of it must be CAs, so that nothing is half done.
 *
 * @throws PkiError `trust-upload-too-large`, `trust-upload-empty`, `trust-upload-unreadable`, `trust-upload-not-a-ca`
 */
export function readTrustUpload(upload: Uint8Array): readonly CertificateRecord[] {
  const certificates = readCertificates(upload);
  for (const certificate of certificates) {
    if (!mayIssue(certificate)) throw new PkiError('trust-upload-not-a-ca', `"${certificate.subject}" is not a CA.`);
  }
  return certificates;
}

/**
 * Reads certificates of any kind in the forms that {@link readTrustUpload} takes.
 *
 * @throws PkiError `trust-upload-too-large`, `trust-upload-empty`, `trust-upload-unreadable`
 */
export function readCertificates(upload: Uint8Array): readonly CertificateRecord[] {
  if (upload.length > longestTrustUpload) throw new PkiError('trust-upload-too-large');
  const found = new Map<string, CertificateRecord>();
  for (const der of readEncoded(upload)) {
    if (found.size === mostTrustedCertificates) throw new PkiError('trust-upload-too-large', tooMany);
    found.set(sha256Hex(der), readOne(der));
  }
  if (found.size === 0) throw new PkiError('trust-upload-empty');
  return [...found.values()];
}

const tooMany = `There are more than ${mostTrustedCertificates} certificates in it.`;

function readOne(der: Uint8Array): CertificateRecord {
  let certificate: CertificateRecord;
  try {
    certificate = readCertificate(der);
  } catch (cause) {
    throw asUnreadable(cause);
  }
  if (publicKeyOf(certificate) === undefined) {
    throw new PkiError('trust-upload-unreadable', `The public key of "${certificate.subject}" cannot be read.`);
  }
  return certificate;
}

function readEncoded(upload: Uint8Array): readonly Uint8Array[] {
  if (upload[0] === derTag.sequence) return readBinary(upload);
  const text = new TextDecoder().decode(upload);
  if (text.trim() === '') throw new PkiError('trust-upload-empty');
  const present = labels.filter((label) => text.includes(`-----BEGIN ${label}-----`));
  if (present.length === 0) throw new PkiError('trust-upload-unreadable');
  try {
    return present.flatMap((label) => fromPem(label, text)).flatMap(readBinary);
  } catch (cause) {
    throw asUnreadable(cause);
  }
}

/** A certificate begins with a SEQUENCE within its own, a PKCS#7 message with the identifier of its kind. */
function readBinary(bytes: Uint8Array): readonly Uint8Array[] {
  if (!isContentInfo(bytes)) return [bytes];
  try {
    return certificatesOnly(bytes);
  } catch (cause) {
    throw asUnreadable(cause);
  }
}

function isContentInfo(bytes: Uint8Array): boolean {
  const length = bytes[1] ?? 0;
  return bytes[length < 0x80 ? 2 : 2 + (length & 0x7f)] === derTag.objectIdentifier;
}

function asUnreadable(cause: unknown): PkiError {
  return cause instanceof PkiError && cause.code.startsWith('trust-upload-')
    ? cause
    : new PkiError('trust-upload-unreadable', undefined, { cause });
}
