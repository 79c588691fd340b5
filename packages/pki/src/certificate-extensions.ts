import { toHex } from './bytes.js';
import { type RawExtension, readBoolean } from './certificate-structure.js';
import { DerReader, readSoleElement } from './der-reader.js';
import { derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { oid, readObjectIdentifier } from './object-identifiers.js';

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

/** What the extensions of a certificate say, as far as the product asks. */
export interface ExtensionFacts {
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Undefined when the certificate does not say: any usage. */
  readonly keyUsage: readonly NamedKeyUsage[] | undefined;
  /** Dotted object identifiers; undefined when the certificate does not say: any purpose. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Lower-case hex. */
  readonly subjectKeyId: string | undefined;
  /** Lower-case hex. */
  readonly authorityKeyId: string | undefined;
  /** Dotted object identifiers of all extensions, in order. */
  readonly extensions: readonly string[];
  /** Those of them that whoever does not know them must not pass over (RFC 5280, 4.2). */
  readonly criticalExtensions: readonly string[];
}

/**
 * Reads those extensions that the product knows.
 *
 * @throws PkiError `der-malformed`
 */
export function readExtensionFacts(extensions: readonly RawExtension[]): ExtensionFacts {
  const valueFor = (type: string) => extensions.find((extension) => extension.type === type)?.value;
  const constraints = readBasicConstraints(valueFor(oid.basicConstraints));
  return {
    isCa: constraints.isCa,
    pathLength: constraints.pathLength,
    keyUsage: readKeyUsage(valueFor(oid.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(valueFor(oid.extKeyUsage)),
    subjectKeyId: readSubjectKeyId(valueFor(oid.subjectKeyIdentifier)),
    authorityKeyId: readAuthorityKeyId(valueFor(oid.authorityKeyIdentifier)),
    extensions: extensions.map(({ type }) => type),
    criticalExtensions: extensions.filter(({ critical }) => critical).map(({ type }) => type),
  };
}

function readBasicConstraints(value: Uint8Array | undefined): { isCa: boolean; pathLength: number | undefined } {
  if (value === undefined) return { isCa: false, pathLength: undefined };
  const reader = new DerReader(readSoleElement(value, derTag.sequence).content);
  const isCa = reader.nextTag === derTag.boolean && readBoolean(reader);
  if (reader.atEnd) return { isCa, pathLength: undefined };
  const [pathLength, ...more] = reader.read(derTag.integer).content;
  reader.end();
  if (pathLength === undefined || more.length > 0 || pathLength > 0x7f) {
    throw new PkiError('der-malformed', 'The path length is out of range.');
  }
  return { isCa, pathLength };
}

function readKeyUsage(value: Uint8Array | undefined): readonly NamedKeyUsage[] | undefined {
  if (value === undefined) return undefined;
  const bits = readSoleElement(value, derTag.bitString).content.subarray(1);
  return keyUsages.filter((_, bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function readExtendedKeyUsage(value: Uint8Array | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const reader = new DerReader(readSoleElement(value, derTag.sequence).content);
  const purposes: string[] = [];
  while (!reader.atEnd) purposes.push(readObjectIdentifier(reader.read(derTag.objectIdentifier).raw));
  return purposes;
}

function readSubjectKeyId(value: Uint8Array | undefined): string | undefined {
  return value && toHex(readSoleElement(value, derTag.octetString).content);
}

function readAuthorityKeyId(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const reader = new DerReader(readSoleElement(value, derTag.sequence).content);
  return reader.nextTag === derTag.implicit0 ? toHex(reader.read().content) : undefined;
}
