import { DerReader, readSoleElement, requireWellFormed } from './der-reader.js';
import { derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { readObjectIdentifier } from './object-identifiers.js';
import type { Validity } from './validity.js';

/** More extensions are refused, since reading costs time on the event loop and strangers send certificates too. */
const mostExtensions = 64;

/** One extension as it stands in a certificate. */
export interface RawExtension {
  /** Dotted object identifier. */
  readonly type: string;
  readonly critical: boolean;
  /** Content of the OCTET STRING. */
  readonly value: Uint8Array;
}

/** A certificate taken apart by the grammar of RFC 5280, 4.1; all views share the memory of the DER. */
export interface CertificateStructure extends Validity {
  /** Big-endian, without a leading zero octet. */
  readonly serial: Uint8Array;
  /** DER Name. */
  readonly issuer: Uint8Array;
  /** DER Name. */
  readonly subject: Uint8Array;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Dotted object identifier. */
  readonly signatureAlgorithm: string;
  readonly extensions: readonly RawExtension[];
}

/**
 * Takes a DER certificate apart, strictly: every element that the grammar names, in its order, and nothing else. Names,
 * key and the values of extensions are left as they are.
 *
 * @throws PkiError `der-malformed`
 */
export function splitCertificate(der: Uint8Array): CertificateStructure {
  const outer = new DerReader(readSoleElement(der, derTag.sequence).content);
  const tbs = new DerReader(outer.read(derTag.sequence).content);
  const signatureAlgorithm = readAlgorithm(outer);
  readWholeBits(outer);
  outer.end();

  if (tbs.nextTag === derTag.explicit0) readVersion(tbs.read().content);
  const serial = tbs.read(derTag.integer).content;
  if (readAlgorithm(tbs) !== signatureAlgorithm) {
    throw new PkiError('der-malformed', 'The certificate names two signature algorithms.');
  }
  const issuer = tbs.read(derTag.sequence).raw;
  const validity = readValidity(tbs.read(derTag.sequence).content);
  const subject = tbs.read(derTag.sequence).raw;
  const spki = readSpki(tbs);
  if (tbs.nextTag === derTag.implicit1) tbs.read();
  if (tbs.nextTag === derTag.implicit2) tbs.read();
  const extensions = tbs.atEnd ? [] : readExtensions(tbs.read(derTag.explicit3).content);
  tbs.end();
  const signless = serial.length > 1 && serial[0] === 0 ? serial.subarray(1) : serial;
  return { ...validity, serial: signless, issuer, subject, spki, signatureAlgorithm, extensions };
}

function readVersion(content: Uint8Array): void {
  const [version, ...more] = readSoleElement(content, derTag.integer).content;
  if (version === undefined || version > 2 || more.length > 0) {
    throw new PkiError('der-malformed', 'The version of the certificate is unknown.');
  }
}

function readAlgorithm(reader: DerReader): string {
  const algorithm = new DerReader(reader.read(derTag.sequence).content);
  const identifier = readObjectIdentifier(algorithm.read(derTag.objectIdentifier).raw);
  if (!algorithm.atEnd) requireWellFormed(algorithm.read());
  algorithm.end();
  return identifier;
}

function readWholeBits(reader: DerReader): void {
  if (reader.read(derTag.bitString).content[0] !== 0) {
    throw new PkiError('der-malformed', 'A bit string is not made of whole octets.');
  }
}

function readSpki(tbs: DerReader): Uint8Array {
  const { raw, content } = tbs.read(derTag.sequence);
  const parts = new DerReader(content);
  readAlgorithm(parts);
  readWholeBits(parts);
  parts.end();
  return raw;
}

function readValidity(content: Uint8Array): Validity {
  const reader = new DerReader(content);
  const validity = { notBefore: readTime(reader), notAfter: readTime(reader) };
  reader.end();
  return validity;
}

/** RFC 5280, 4.1.2.5: whole seconds and `Z`; two-digit years are those of 1950 to 2049. */
function readTime(reader: DerReader): Date {
  const { tag, content } = reader.read();
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
  const long = tag === derTag.generalizedTime ? text : `${text < '50' ? '20' : '19'}${text}`;
  const isTime = tag === derTag.generalizedTime || tag === derTag.utcTime;
  const iso = long.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const date = new Date(isTime && iso !== long ? iso : Number.NaN);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) {
    throw new PkiError('der-malformed', 'A date cannot be read.');
  }
  return date;
}

function readExtensions(content: Uint8Array): readonly RawExtension[] {
  const list = new DerReader(readSoleElement(content, derTag.sequence).content);
  const types = new Set<string>();
  const extensions: RawExtension[] = [];
  while (!list.atEnd) {
    if (extensions.length === mostExtensions) {
      throw new PkiError('der-malformed', 'The certificate holds too many extensions.');
    }
    const extension = readExtension(new DerReader(list.read(derTag.sequence).content));
    if (types.has(extension.type)) throw new PkiError('der-malformed', 'An extension stands twice.');
    types.add(extension.type);
    extensions.push(extension);
  }
  return extensions;
}

function readExtension(parts: DerReader): RawExtension {
  const type = readObjectIdentifier(parts.read(derTag.objectIdentifier).raw);
  const critical = parts.nextTag === derTag.boolean && readBoolean(parts);
  const value = parts.read(derTag.octetString).content;
  parts.end();
  return { type, critical, value };
}

/** Every octet but zero is true: certificates of some makers keep to BER here. */
export function readBoolean(reader: DerReader): boolean {
  const [octet, ...more] = reader.read(derTag.boolean).content;
  if (octet === undefined || more.length > 0) throw new PkiError('der-malformed', 'A truth value is not one octet.');
  return octet !== 0;
}
