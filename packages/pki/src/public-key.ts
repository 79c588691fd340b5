import { sameBytes } from './bytes.js';
import { DerReader, readSoleElement } from './der-reader.js';
import { derElement, derSequence, derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

/** Kind and size of a key, in bits: of the modulus, or of the curve. */
export type KeyType =
  | { readonly kind: 'rsa'; readonly size: number }
  | { readonly kind: 'ec'; readonly size: EcKeySize };

/** 256, 384 and 521: the curves P-256, P-384 and P-521 (capf-wire-protocol.md, section 3, element 18). */
export type EcKeySize = 256 | 384 | 521;

/** A SubjectPublicKeyInfo taken apart; the views share the memory of the DER. */
export type PublicKey =
  | {
      readonly kind: 'rsa';
      /** Bits of the modulus. */
      readonly size: number;
      /** Big-endian, without leading zeros. */
      readonly modulus: Uint8Array;
      /** Big-endian, without leading zeros. */
      readonly exponent: Uint8Array;
      /** Content of the BIT STRING. */
      readonly subjectPublicKey: Uint8Array;
    }
  | {
      readonly kind: 'ec';
      readonly size: EcKeySize;
      /** The uncompressed point, `04 || x || y`; content of the BIT STRING. */
      readonly subjectPublicKey: Uint8Array;
    };

const rsaAlgorithm = derSequence(derObjectIdentifier(oid.rsaEncryption), derElement(derTag.null));
const rsaIdentifier = derObjectIdentifier(oid.rsaEncryption);
const ecIdentifier = derObjectIdentifier(oid.ecPublicKey);

const curves: readonly { readonly size: EcKeySize; readonly algorithm: Uint8Array; readonly pointLength: number }[] = (
  [
    [256, oid.secp256r1, 65],
    [384, oid.secp384r1, 97],
    [521, oid.secp521r1, 133],
  ] as const
).map(([size, curve, pointLength]) => ({
  size,
  algorithm: derSequence(derObjectIdentifier(oid.ecPublicKey), derObjectIdentifier(curve)),
  pointLength,
}));

/**
 * Takes a DER SubjectPublicKeyInfo apart, strictly: one encoding per key, the one that crypto libraries export
 * (RFC 3279, 2.3.1; RFC 5480, 2.1.1 and 2.2), so that a hash over the DER identifies the key.
 *
 * @throws PkiError `public-key-malformed`, `public-key-algorithm-unsupported`, `public-key-parameters-unsupported`,
 * `public-key-point-form-unsupported`
 */
export function readPublicKey(spkiDer: Uint8Array): PublicKey {
  try {
    return readStrictly(spkiDer);
  } catch (error) {
    if (error instanceof PkiError && error.code === 'der-malformed') {
      throw new PkiError('public-key-malformed', undefined, { cause: error });
    }
    throw error;
  }
}

function readStrictly(spkiDer: Uint8Array): PublicKey {
  const info = new DerReader(readSoleElement(spkiDer, derTag.sequence).content);
  const algorithm = info.read(derTag.sequence);
  const bits = info.read(derTag.bitString).content;
  info.end();
  if (bits[0] !== 0) throw new PkiError('public-key-malformed');
  const subjectPublicKey = bits.subarray(1);
  const identifier = new DerReader(algorithm.content).read(derTag.objectIdentifier).raw;

  if (sameBytes(identifier, rsaIdentifier)) {
    if (!sameBytes(algorithm.raw, rsaAlgorithm)) throw new PkiError('public-key-parameters-unsupported');
    const numbers = new DerReader(readSoleElement(subjectPublicKey, derTag.sequence).content);
    const modulus = readPositiveInteger(numbers);
    const exponent = readPositiveInteger(numbers);
    numbers.end();
    return { kind: 'rsa', size: bitLength(modulus), modulus, exponent, subjectPublicKey };
  }
  if (sameBytes(identifier, ecIdentifier)) {
    const curve = curves.find((candidate) => sameBytes(algorithm.raw, candidate.algorithm));
    if (curve === undefined) throw new PkiError('public-key-parameters-unsupported');
    if (subjectPublicKey.length !== curve.pointLength || subjectPublicKey[0] !== 0x04) {
      throw new PkiError('public-key-point-form-unsupported');
    }
    return { kind: 'ec', size: curve.size, subjectPublicKey };
  }
  throw new PkiError('public-key-algorithm-unsupported');
}

function readPositiveInteger(reader: DerReader): Uint8Array {
  const { content } = reader.read(derTag.integer);
  const [first, second] = content;
  if (first === undefined || first >= 0x80) throw new PkiError('public-key-malformed');
  if (first !== 0) return content;
  if (second === undefined || second < 0x80) throw new PkiError('public-key-malformed');
  return content.subarray(1);
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length * 8 - (Math.clz32(magnitude[0] ?? 0) - 24);
}

/** A key's kind and size in the words of people: `RSA 2048`, `EC P-256`. */
export function keyTypeName(type: KeyType): string {
  return type.kind === 'rsa' ? `RSA ${type.size}` : `EC P-${type.size}`;
}
