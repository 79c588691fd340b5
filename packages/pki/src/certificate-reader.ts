import { X509Certificate } from 'node:crypto';
import { ownBuffer, toHex } from './bytes.js';
import { type ExtensionFacts, readExtensionFacts } from './certificate-extensions.js';
import { splitCertificate } from './certificate-structure.js';
import { derTag } from './der-writer.js';
import { describeName } from './distinguished-name.js';
import { PkiError } from './errors.js';
import { fromPem } from './pem.js';
import { type KeyType, readPublicKey } from './public-key.js';
import type { Validity } from './validity.js';

/**
 * Longer certificates are refused unread, in bytes. Those of phones and CAs have 2,000 at most; reading costs time on the
 * event loop that grows with the length, and strangers send certificates too.
 */
export const longestCertificate = 8192;

/** What the product wants to know of a certificate. Key identifiers and serial are lower-case hex. */
export interface CertificateRecord extends Validity, ExtensionFacts {
  /** The whole certificate as it was read, DER. */
  readonly der: Uint8Array;
  readonly serial: string;
  /** Undefined when the subject holds none, or several. */
  readonly commonName: string | undefined;
  /** As text (RFC 4514). */
  readonly subject: string;
  readonly issuer: string;
  /** DER Name. */
  readonly subjectDer: Uint8Array;
  /** DER Name. */
  readonly issuerDer: Uint8Array;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Undefined for a key that is neither RSA nor EC on P-256, P-384 or P-521. */
  readonly keyType: KeyType | undefined;
  /** Dotted object identifier. */
  readonly signatureAlgorithm: string;
}

/**
 * Reads one certificate: DER as bytes, PEM as text or bytes. It must keep to the grammar of RFC 5280, and OpenSSL must accept it.
 *
 * @throws PkiError `certificate-unreadable` and nothing else, whatever is given.
 */
export function readCertificate(input: Uint8Array | string): CertificateRecord {
  try {
    return readDer(typeof input === 'string' || !isDer(input) ? solePem(input) : input);
  } catch (cause) {
    throw new PkiError('certificate-unreadable', undefined, { cause });
  }
}

function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === derTag.sequence && bytes[1] !== undefined && bytes[1] >= 0x80;
}

function solePem(input: Uint8Array | string): Uint8Array {
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
  const [first, ...others] = fromPem('CERTIFICATE', text);
  if (first === undefined || others.length > 0)
    throw new PkiError('pem-malformed', 'There is more than one certificate.');
  return first;
}

function readDer(input: Uint8Array): CertificateRecord {
  if (input.length > longestCertificate) throw new PkiError('der-malformed', 'The certificate is too long.');
  const der = ownBuffer(input);
  const parts = splitCertificate(der);
  const subject = describeName(parts.subject);
  const record: CertificateRecord = {
    der,
    serial: toHex(parts.serial),
    notBefore: parts.notBefore,
    notAfter: parts.notAfter,
    commonName: subject.commonNames.length === 1 ? subject.commonNames[0] : undefined,
    subject: subject.text,
    issuer: describeName(parts.issuer).text,
    subjectDer: parts.subject,
    issuerDer: parts.issuer,
    spki: parts.spki,
    keyType: readKeyType(parts.spki),
    signatureAlgorithm: parts.signatureAlgorithm,
    ...readExtensionFacts(parts.extensions),
  };
  opensslViews.set(record, new X509Certificate(der));
  return record;
}

const opensslViews = new WeakMap<CertificateRecord, X509Certificate>();

/** The same certificate as OpenSSL sees it; kept since reading it again costs more than all else here. */
export function opensslView(record: CertificateRecord): X509Certificate {
  return opensslViews.get(record) ?? new X509Certificate(record.der);
}

function readKeyType(spki: Uint8Array): KeyType | undefined {
  try {
    const { kind, size } = readPublicKey(spki);
    return kind === 'rsa' ? { kind, size } : { kind, size };
  } catch {
    return undefined;
  }
}
