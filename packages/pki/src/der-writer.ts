import { PkiError } from './errors.js';

/** ASN.1 tags that this package writes and reads (X.690, 8.1.2). */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** `[0] IMPLICIT` of a primitive, e.g. the key identifier in an authority key identifier. */
  implicit0: 0x80,
  /** `[1] IMPLICIT` of a primitive, e.g. the issuer's unique identifier in a certificate. */
  implicit1: 0x81,
  /** `[2] IMPLICIT` of a primitive, e.g. the subject's unique identifier in a certificate. */
  implicit2: 0x82,
  /** `[0] EXPLICIT`, e.g. the version in a certificate. */
  explicit0: 0xa0,
  /** `[1]` of something constructed, e.g. the revocation lists in a PKCS#7 message. */
  explicit1: 0xa1,
  /** `[3] EXPLICIT`, e.g. the extensions in a certificate. */
  explicit3: 0xa3,
} as const;

/** One DER element: the tag byte, the shortest length, then the parts one after the other as its content. */
export function derElement(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of content) length += part.length;
  const lengthOctets = length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5;
  const out = new Uint8Array(1 + lengthOctets + length);
  out[0] = tag;
  if (lengthOctets === 1) {
    out[1] = length;
  } else {
    out[1] = 0x80 | (lengthOctets - 1);
    for (let octet = lengthOctets, rest = length; octet > 1; octet--, rest >>>= 8) out[octet] = rest & 0xff;
  }
  let offset = 1 + lengthOctets;
  for (const part of content) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** SEQUENCE of elements that are DER already. */
export function derSequence(...elements: readonly Uint8Array[]): Uint8Array {
  return derElement(derTag.sequence, ...elements);
}

/** INTEGER that is not negative, from its big-endian magnitude; an empty magnitude is 0. */
export function derUnsignedInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start++;
  const digits = magnitude.subarray(start);
  const first = digits[0];
  return first === undefined || first >= 0x80
    ? derElement(derTag.integer, Uint8Array.of(0), digits)
    : derElement(derTag.integer, digits);
}

/** BIT STRING of whole octets. */
export function derBitString(octets: Uint8Array): Uint8Array {
  return derElement(derTag.bitString, Uint8Array.of(0), octets);
}

/** OCTET STRING. */
export function derOctetString(octets: Uint8Array): Uint8Array {
  return derElement(derTag.octetString, octets);
}

/**
 * Time as certificates hold it: UTCTime until 2049, GeneralizedTime from 2050 on, whole seconds, `Z`
 * (RFC 5280, 4.1.2.5). Milliseconds are dropped.
 *
 * @throws PkiError `time-unrepresentable` for a year before 1950 or after 9999, or an invalid date.
 */
export function derTime(date: Date): Uint8Array {
  const year = date.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) throw new PkiError('time-unrepresentable');
  const digits = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return year < 2050
    ? derElement(derTag.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : derElement(derTag.generalizedTime, Buffer.from(digits, 'latin1'));
}
