import { X509Certificate } from 'node:crypto';
import { Certificate, type Extension } from 'pkijs';
import { ownBuffer, toHex } from './bytes.js';
import { DerReader, readSoleElement } from './der-reader.js';
import { derTag } from './der-writer.js';
import { describeName } from './distinguished-name.js';
import { PkiError } from './errors.js';
import { oid, readObjectIdentifier } from './object-identifiers.js';
import { fromPem } from './pem.js';
import { type KeyType, readPublicKey } from './public-key.js';
import type { Validity } from './validity.js';

/**
 * Longer certificates are refused unread, in bytes. Those of phones and CAs have 2,000 at most; reading costs time on the
 * event loop that grows with the length, and strangers send certificates too.
 */
export const longestCertificate = 8192;

/** More attributes in a name, or more extensions, are refused before the costly parts of reading, for the same reason. */
const mostEntries = 64;

/** What the product wants to know of a certificate. Key identifiers and serial are lower-case hex. */
export interface CertificateRecord extends Validity {
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
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Undefined when the certificate does not say: any usage. */
  readonly keyUsage: readonly NamedKeyUsage[] | undefined;
  /** Dotted object identifiers; undefined when the certificate does not say: any purpose. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  /** Dotted object identifiers of all extensions, in order. */
  readonly extensions: readonly string[];
}

const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** Key usages by the names and in the order of RFC 5280, 4.2.1.3. */
export type NamedKeyUsage = (typeof keyUsages)[number];

/**
 * Reads one certificate: DER as bytes, PEM as text or bytes. Both pkijs and OpenSSL must accept it.
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
  new X509Certificate(der);
  const parsed = Certificate.fromBER(der);
  const extensions = parsed.extensions ?? [];
  const byOid = new Map(extensions.map((extension) => [extension.extnID, extension]));
  if (byOid.size !== extensions.length) throw new PkiError('der-malformed', 'An extension stands twice.');
  const subject = describeName(parts.subject);
  const constraints = readBasicConstraints(byOid.get(oid.basicConstraints));
  return {
    der,
    serial: toHex(parts.serial),
    notBefore: requireDate(parsed.notBefore.value),
    notAfter: requireDate(parsed.notAfter.value),
    commonName: subject.commonNames.length === 1 ? subject.commonNames[0] : undefined,
    subject: subject.text,
    issuer: describeName(parts.issuer).text,
    subjectDer: parts.subject,
    issuerDer: parts.issuer,
    spki: parts.spki,
    keyType: readKeyType(parts.spki),
    signatureAlgorithm: parsed.signatureAlgorithm.algorithmId,
    isCa: constraints.isCa,
    pathLength: constraints.pathLength,
    keyUsage: readKeyUsage(byOid.get(oid.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(byOid.get(oid.extKeyUsage)),
    subjectKeyId: readSubjectKeyId(byOid.get(oid.subjectKeyIdentifier)),
    authorityKeyId: readAuthorityKeyId(byOid.get(oid.authorityKeyIdentifier)),
    extensions: extensions.map((extension) => extension.extnID),
  };
}

/** The parts that must be kept byte for byte, since they are compared and hashed; and a first look at the rest. */
function splitCertificate(der: Uint8Array): {
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
} {
  const tbs = new DerReader(new DerReader(readSoleElement(der, derTag.sequence).content).read(derTag.sequence).content);
  if (tbs.nextTag === derTag.explicit0) tbs.read();
  const serial = tbs.read(derTag.integer).content;
  tbs.read(derTag.sequence);
  const issuer = readName(tbs);
  tbs.read(derTag.sequence);
  const subject = readName(tbs);
  const spki = tbs.read(derTag.sequence).raw;
  while (!tbs.atEnd) {
    const { tag, content } = tbs.read();
    if (tag === derTag.explicit3) requireFew(countElements(readSoleElement(content, derTag.sequence).content));
  }
  const signless = serial.length > 1 && serial[0] === 0 ? serial.subarray(1) : serial;
  return { serial: signless, issuer, subject, spki };
}

function readName(tbs: DerReader): Uint8Array {
  const name = tbs.read(derTag.sequence);
  const sets = new DerReader(name.content);
  let attributes = 0;
  while (!sets.atEnd) attributes += countElements(sets.read(derTag.set).content);
  requireFew(attributes);
  return name.raw;
}

function countElements(content: Uint8Array): number {
  const reader = new DerReader(content);
  let count = 0;
  for (; !reader.atEnd; count++) reader.read();
  return count;
}

function requireFew(count: number): void {
  if (count > mostEntries) throw new PkiError('der-malformed', 'The certificate holds too many entries of one kind.');
}

function requireDate(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw new PkiError('der-malformed', 'A date cannot be read.');
  return date;
}

function readKeyType(spki: Uint8Array): KeyType | undefined {
  try {
    const { kind, size } = readPublicKey(spki);
    return kind === 'rsa' ? { kind, size } : { kind, size };
  } catch {
    return undefined;
  }
}

function readBasicConstraints(extension: Extension | undefined): { isCa: boolean; pathLength: number | undefined } {
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const reader = new DerReader(readSoleElement(contentOf(extension), derTag.sequence).content);
  const isCa = reader.nextTag === derTag.boolean && reader.read().content[0] !== 0;
  const [pathLength, ...more] = reader.atEnd ? [] : reader.read(derTag.integer).content;
  reader.end();
  if (more.length > 0 || (pathLength !== undefined && pathLength > 0x7f)) {
    throw new PkiError('der-malformed', 'The path length is out of range.');
  }
  return { isCa, pathLength };
}

function readKeyUsage(extension: Extension | undefined): readonly NamedKeyUsage[] | undefined {
  if (extension === undefined) return undefined;
  const bits = readSoleElement(contentOf(extension), derTag.bitString).content.subarray(1);
  return keyUsages.filter((_, bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function readExtendedKeyUsage(extension: Extension | undefined): readonly string[] | undefined {
  if (extension === undefined) return undefined;
  const reader = new DerReader(readSoleElement(contentOf(extension), derTag.sequence).content);
  const purposes: string[] = [];
  while (!reader.atEnd) purposes.push(readObjectIdentifier(reader.read(derTag.objectIdentifier).raw));
  return purposes;
}

function readSubjectKeyId(extension: Extension | undefined): string | undefined {
  return extension && toHex(readSoleElement(contentOf(extension), derTag.octetString).content);
}

function readAuthorityKeyId(extension: Extension | undefined): string | undefined {
  if (extension === undefined) return undefined;
  const reader = new DerReader(readSoleElement(contentOf(extension), derTag.sequence).content);
  return reader.nextTag === derTag.implicit0 ? toHex(reader.read().content) : undefined;
}

function contentOf(extension: Extension): Uint8Array<ArrayBuffer> {
  return ownBuffer(extension.extnValue.valueBlock.valueHexView);
}
