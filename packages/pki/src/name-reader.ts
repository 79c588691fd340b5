import { toHex } from './bytes.js';
import { DerReader, readSoleElement, requireWellFormed } from './der-reader.js';
import { derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { oid, readObjectIdentifier } from './object-identifiers.js';

/** More attributes are refused, since reading costs time on the event loop and strangers send certificates too. */
const mostAttributes = 64;

/** One attribute of a name. */
export interface NameAttribute {
  /** Dotted object identifier. */
  readonly type: string;
  /** ASN.1 tag of the value. */
  readonly tag: number;
  /** The value as text; undefined where it is no string. */
  readonly text: string | undefined;
  /** Tag, length and value. */
  readonly raw: Uint8Array;
}

/**
 * The attributes of a DER Name (RFC 5280, 4.1.2.4), those of one RelativeDistinguishedName together.
 *
 * @throws PkiError `der-malformed`, also for a string that breaks the rules of its own kind and for more than 64 attributes.
 */
export function readName(name: Uint8Array): readonly (readonly NameAttribute[])[] {
  const sets = new DerReader(readSoleElement(name, derTag.sequence).content);
  const relativeNames: (readonly NameAttribute[])[] = [];
  let count = 0;
  while (!sets.atEnd) {
    const set = new DerReader(sets.read(derTag.set).content);
    const attributes: NameAttribute[] = [];
    while (!set.atEnd) {
      if (++count > mostAttributes) throw new PkiError('der-malformed', 'A name holds too many attributes.');
      attributes.push(readAttribute(new DerReader(set.read(derTag.sequence).content)));
    }
    relativeNames.push(attributes);
  }
  return relativeNames;
}

function readAttribute(parts: DerReader): NameAttribute {
  const type = readObjectIdentifier(parts.read(derTag.objectIdentifier).raw);
  const value = parts.read();
  requireWellFormed(value);
  parts.end();
  return { type, tag: value.tag, raw: value.raw, text: decodeText(value.tag, value.content) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case derTag.utf8String:
      return decodeUtf8(content);
    case derTag.printableString:
    case derTag.teletexString:
    case derTag.ia5String:
      return latin1(content);
    case derTag.bmpString:
      return decodeUnits(content, 2);
    case derTag.universalString:
      return decodeUnits(content, 4);
    default:
      return undefined;
  }
}

function latin1(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
}

function decodeUtf8(content: Uint8Array): string {
  try {
    return utf8.decode(content);
  } catch (cause) {
    throw new PkiError('der-malformed', 'A name holds text that is not UTF-8.', { cause });
  }
}

/** Big-endian UCS-2 or UCS-4. */
function decodeUnits(content: Uint8Array, width: 2 | 4): string {
  if (content.length % width !== 0) throw new PkiError('der-malformed', 'A name holds a string that is cut off.');
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  let text = '';
  for (let at = 0; at < bytes.length; at += width) {
    const point = bytes.readUIntBE(at, width);
    if (point > 0x10ffff) throw new PkiError('der-malformed', 'A name holds a character that does not exist.');
    text += String.fromCodePoint(point);
  }
  return text;
}

/** Short names as administrators know them; the first six are those of RFC 4514, 3. */
const shortNames: ReadonlyMap<string, string> = new Map([
  [oid.commonName, 'CN'],
  [oid.localityName, 'L'],
  [oid.stateOrProvinceName, 'ST'],
  [oid.organizationName, 'O'],
  [oid.organizationalUnitName, 'OU'],
  [oid.countryName, 'C'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'E'],
  ['2.5.4.42', 'G'],
  ['2.5.4.43', 'I'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.12', 'T'],
]);

/** The name as text, in the order of the certificate, escaped as RFC 4514, 2.4 has it, with a space after each comma. */
export function nameText(relativeNames: readonly (readonly NameAttribute[])[]): string {
  return relativeNames.map((attributes) => attributes.map(attributeText).join('+')).join(', ');
}

function attributeText({ type, text, raw }: NameAttribute): string {
  return `${shortNames.get(type) ?? type}=${text === undefined ? `#${toHex(raw)}` : escapeText(text)}`;
}

function escapeText(text: string): string {
  return text
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(
      /\p{Cc}/gu,
      (control) =>
        `\\${toHex(Buffer.from(control))
          .toUpperCase()
          .replace(/(..)(?=.)/g, '$1\\')}`,
    );
}
