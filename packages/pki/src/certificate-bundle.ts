import { derElement, derSequence, derTag, derUnsignedInteger } from './der-writer.js';
import { sha256Hex } from './hashes.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import { toPem } from './pem.js';

/** Each certificate once, in the order in which they came first; DER. */
export function withoutRepeats(certificates: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(certificates.map((der) => [sha256Hex(der), der])).values()];
}

/** PEM blocks one after the other. @param certificates - DER */
export function pemBundle(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => toPem('CERTIFICATE', der)).join('');
}

/** A certificates-only PKCS#7 message, DER (RFC 2315, 9.1; RFC 8551, 3.8): nothing is signed in it. @param certificates - DER */
export function pkcs7Bundle(certificates: readonly Uint8Array[]): Uint8Array {
  const signedData = derSequence(
    derUnsignedInteger(Uint8Array.of(1)),
    derElement(derTag.set),
    derSequence(derObjectIdentifier(oid.pkcs7Data)),
    derElement(derTag.explicit0, ...certificates),
    derElement(derTag.set),
  );
  return derSequence(derObjectIdentifier(oid.pkcs7SignedData), derElement(derTag.explicit0, signedData));
}
