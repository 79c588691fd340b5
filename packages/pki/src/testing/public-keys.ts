import { derBitString, derElement, derSequence, derTag, derUnsignedInteger } from '../der-writer.js';
import { derObjectIdentifier, oid } from '../object-identifiers.js';

/** Big-endian magnitude. */
export function magnitude(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** DER SubjectPublicKeyInfo of any RSA numbers, sound or not. */
export function rsaSpki(modulus: bigint, exponent = 65537n): Uint8Array {
  return derSequence(
    derSequence(derObjectIdentifier(oid.rsaEncryption), derElement(derTag.null)),
    derBitString(derSequence(derUnsignedInteger(magnitude(modulus)), derUnsignedInteger(magnitude(exponent)))),
  );
}

/** DER SubjectPublicKeyInfo of any point. */
export function ecSpki(curve: string, point: Uint8Array): Uint8Array {
  return derSequence(
    derSequence(derObjectIdentifier(oid.ecPublicKey), derObjectIdentifier(curve)),
    derBitString(point),
  );
}
