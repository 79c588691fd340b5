import { Set as Asn1Set, fromBER, ObjectIdentifier, Sequence } from 'asn1js';
import { ownBuffer, toHex } from './bytes.js';
import { derElement, derSequence, derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { x509 } from './late-libraries.js';
import { nameText, readName } from './name-reader.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

/** The fields of a subject besides its common name. Each may be left out. */
export interface SubjectFields {
  readonly organization?: string | undefined;
  readonly organizationalUnit?: string | undefined;
  readonly locality?: string | undefined;
  readonly state?: string | undefined;
  /** Two letters (ISO 3166). */
  readonly country?: string | undefined;
}

/** Upper bounds of X.520 in characters, in the order in which the fields are written. */
const fields = [
  { name: 'organization', attribute: 'O', longest: 64 },
  { name: 'organizationalUnit', attribute: 'OU', longest: 64 },
  { name: 'locality', attribute: 'L', longest: 128 },
  { name: 'state', attribute: 'ST', longest: 128 },
] as const satisfies readonly { name: keyof SubjectFields; attribute: string; longest: number }[];

/** Longest common name in characters (X.520, ub-common-name). */
export const longestCommonName = 64;

/**
 * DER Name: common name first, then O, OU, L, ST, C as far as they are given. PrintableString where the characters
 * allow it, else UTF8String (RFC 5280, 4.1.2.4).
 *
 * @throws PkiError `distinguished-name-malformed`
 */
export function encodeDistinguishedName(commonName: string, subject: SubjectFields = {}): Uint8Array {
  const names = [attribute('CN', 'common name', commonName, longestCommonName)];
  for (const { name, attribute: type, longest } of fields) {
    const value = subject[name];
    if (value !== undefined) names.push(attribute(type, name, value, longest));
  }
  if (subject.country !== undefined) {
    if (!/^[A-Za-z]{2}$/.test(subject.country)) {
      throw new PkiError('distinguished-name-malformed', 'The country must be two letters.');
    }
    names.push({ C: [{ printableString: subject.country.toUpperCase() }] });
  }
  return new Uint8Array(new (x509().Name)(names).toArrayBuffer());
}

/**
 * DER Name of its text (RFC 4514), written first to last as it stands there; the empty text is the empty name.
 *
 * @throws PkiError `distinguished-name-malformed`
 */
export function encodeNameText(text: string): Uint8Array {
  try {
    const name = new Uint8Array(new (x509().Name)(text).toArrayBuffer());
    if (text.trim() !== '' && readName(name).length === 0) throw new PkiError('distinguished-name-malformed');
    return name;
  } catch (cause) {
    throw new PkiError('distinguished-name-malformed', `"${text}" is not a distinguished name.`, { cause });
  }
}

type NameAttribute = Record<string, [{ printableString: string } | { utf8String: string }]>;

function attribute(type: string, label: string, value: string, longest: number): NameAttribute {
  const length = [...value].length;
  if (length === 0 || length > longest) {
    throw new PkiError('distinguished-name-malformed', `The ${label} must have 1 to ${longest} characters.`);
  }
  if (value.trim() !== value || /\p{Cc}|\p{Cs}|\p{Cn}|\p{Zl}|\p{Zp}/u.test(value)) {
    throw new PkiError(
      'distinguished-name-malformed',
      `The ${label} may hold no control characters and neither begin nor end with a space.`,
    );
  }
  return { [type]: [x509().Name.isPrintableString(value) ? { printableString: value } : { utf8String: value }] };
}

const commonNameType = derObjectIdentifier(oid.commonName);

/**
 * The RelativeDistinguishedName `CN=<device name>` of an LSC, DER.
 *
 * @throws PkiError `device-name-malformed`
 */
export function encodeDeviceName(deviceName: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(deviceName) || /^CAPF-/i.test(deviceName)) {
    throw new PkiError('device-name-malformed');
  }
  const tag = deviceName.includes('_') ? derTag.utf8String : derTag.printableString;
  const value = derElement(tag, Buffer.from(deviceName, 'latin1'));
  return derElement(derTag.set, derSequence(commonNameType, value));
}

const inherited: ReadonlySet<string> = new Set([
  oid.organizationName,
  oid.organizationalUnitName,
  oid.localityName,
  oid.stateOrProvinceName,
  oid.countryName,
]);

/**
 * The RelativeDistinguishedNames that an LSC takes over from its issuer's subject: O, OU, L, ST and C in the issuer's
 * order and encoding, DER, one behind the other.
 *
 * @param issuerName - DER Name.
 * @throws PkiError `der-malformed`
 */
export function inheritedNames(issuerName: Uint8Array): Uint8Array {
  const { result, offset } = fromBER(ownBuffer(issuerName));
  if (offset !== issuerName.length || !(result instanceof Sequence)) throw new PkiError('der-malformed');
  const taken: Uint8Array[] = [];
  for (const relativeName of result.valueBlock.value) {
    if (!(relativeName instanceof Asn1Set)) throw new PkiError('der-malformed');
    for (const typeAndValue of relativeName.valueBlock.value) {
      const type = typeAndValue instanceof Sequence ? typeAndValue.valueBlock.value[0] : undefined;
      if (!(type instanceof ObjectIdentifier)) throw new PkiError('der-malformed');
      if (inherited.has(type.valueBlock.toString())) {
        taken.push(derElement(derTag.set, typeAndValue.valueBeforeDecodeView));
      }
    }
  }
  return Buffer.concat(taken);
}

/**
 * The common names in a DER Name, and the whole name as text (RFC 4514).
 *
 * @throws PkiError `der-malformed`
 */
export function describeName(name: Uint8Array): { readonly commonNames: readonly string[]; readonly text: string } {
  const relativeNames = readName(name);
  const commonNames = relativeNames.flat().filter(({ type }) => type === oid.commonName);
  return { commonNames: commonNames.map(({ text, raw }) => text ?? `#${toHex(raw)}`), text: nameText(relativeNames) };
}
