import { DerReader } from './der-reader.js';
import { derElement, derSequence, derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { readName, shortNames } from './name-reader.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

/** A string of a name: PrintableString where the characters allow it, else UTF8String (RFC 5280, 4.1.2.4). */
export function derNameString(text: string): Uint8Array {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);
  return derElement(printable ? derTag.printableString : derTag.utf8String, Buffer.from(text));
}

/**
 * DER Name of its text (RFC 4514), written first to last as it stands there; the empty text is the empty name. Spaces around
 * separators and values in quotes are read too (RFC 2253, 4), types in any case.
 *
 * @throws PkiError `distinguished-name-malformed`
 */
export function encodeNameText(text: string): Uint8Array {
  try {
    const name = derSequence(...relativeNamesOf(text));
    readName(name);
    return name;
  } catch (cause) {
    throw new PkiError('distinguished-name-malformed', `"${text}" is not a distinguished name.`, { cause });
  }
}

/** Each form begins where the one before has ended, and takes the spaces behind it along. */
const forms = {
  type: / *([A-Za-z]+|[0-2](?:\.\d+)+) *= */y,
  hex: /#((?:[0-9a-f]{2})+) *(?=[,+]|$)/iy,
  quoted: /"((?:[^"\\]|\\.)*)" *(?=[,+]|$)/sy,
  plain: /(?!#)((?:[^,+"\\]|\\.)*?) *(?=[,+]|$)/sy,
} as const;

function relativeNamesOf(text: string): readonly Uint8Array[] {
  const relativeNames: Uint8Array[][] = [];
  let at = 0;
  const take = (form: RegExp): string | undefined => {
    form.lastIndex = at;
    const [all, part] = form.exec(text) ?? [];
    at += all?.length ?? 0;
    return part;
  };
  if (text.trim() === '') return [];
  for (let separator: string | undefined = ','; separator !== undefined; separator = text[at], at += 1) {
    const type = typeOf(take(forms.type));
    const hex = take(forms.hex);
    const value = hex === undefined ? stringOf(type, take(forms.quoted) ?? take(forms.plain)) : elementOf(hex);
    const attribute = derSequence(derObjectIdentifier(type), value);
    if (separator === ',') relativeNames.push([attribute]);
    else relativeNames.at(-1)?.push(attribute);
  }
  // A set is written in the order of its elements' octets (X.690, 11.6).
  return relativeNames.map((attributes) => derElement(derTag.set, ...attributes.sort(Buffer.compare)));
}

const typesByName = new Map([...shortNames].map(([type, name]) => [name, type]));

function typeOf(written: string | undefined): string {
  const type = /^\d/.test(written ?? '') ? written : typesByName.get(written?.toUpperCase() ?? '');
  if (type === undefined) throw new PkiError('distinguished-name-malformed', 'A type of attribute is due.');
  return type;
}

function elementOf(hex: string): Uint8Array {
  const reader = new DerReader(Buffer.from(hex, 'hex'));
  const { raw } = reader.read();
  reader.end();
  return raw;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function stringOf(type: string, written: string | undefined): Uint8Array {
  const value = written?.replace(
    /((?:\\[0-9a-f]{2})+)|\\(.)/gis,
    (_, octets: string | undefined, character: string | undefined) =>
      character ?? utf8.decode(Buffer.from(octets?.replaceAll('\\', '') ?? '', 'hex')),
  );
  if (value === undefined || /\p{Cs}/u.test(value)) {
    throw new PkiError('distinguished-name-malformed', 'A value is due.');
  }
  if (type !== oid.emailAddress && type !== oid.domainComponent) return derNameString(value);
  if (/\P{ASCII}/u.test(value)) throw new PkiError('distinguished-name-malformed', 'A value is not ASCII.');
  return derElement(derTag.ia5String, Buffer.from(value));
}
