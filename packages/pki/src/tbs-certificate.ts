import { derBitString, derElement, derSequence, derTag, derTime, derUnsignedInteger } from './der-writer.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import type { KeyType } from './public-key.js';
import type { Validity } from './validity.js';

/** What a to-be-signed certificate is made of; everything but serial and validity is DER already. */
export interface TbsFields extends Validity {
  /** Big-endian. */
  readonly serial: Uint8Array;
  /** AlgorithmIdentifier. */
  readonly signatureAlgorithm: Uint8Array;
  /** Name. */
  readonly issuer: Uint8Array;
  /** Name. */
  readonly subject: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Each an Extension. */
  readonly extensions: readonly Uint8Array[];
}

const version3 = derElement(derTag.explicit0, derUnsignedInteger(Uint8Array.of(2)));

/**
 * TBSCertificate of version 3 (RFC 5280, 4.1), DER.
 *
 * @throws PkiError `time-unrepresentable`
 */
export function encodeTbsCertificate(fields: TbsFields): Uint8Array {
  return derSequence(
    version3,
    derUnsignedInteger(fields.serial),
    fields.signatureAlgorithm,
    fields.issuer,
    derSequence(derTime(fields.notBefore), derTime(fields.notAfter)),
    fields.subject,
    fields.spki,
    derElement(derTag.explicit3, derSequence(...fields.extensions)),
  );
}

/** The Certificate, DER, of its to-be-signed part, the AlgorithmIdentifier in it, and the signature's octets. */
export function assembleCertificate(
  tbs: Uint8Array,
  signatureAlgorithm: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  return derSequence(tbs, signatureAlgorithm, derBitString(signature));
}

const rsaSignature = derSequence(derObjectIdentifier(oid.sha256WithRsaEncryption), derElement(derTag.null));
const ecSignature = derSequence(derObjectIdentifier(oid.ecdsaWithSha256));

/** AlgorithmIdentifier, DER, of a SHA-256 signature by such a key (RFC 4055, 5; RFC 5758, 3.2). */
export function sha256SignatureAlgorithm(kind: KeyType['kind']): Uint8Array {
  return kind === 'rsa' ? rsaSignature : ecSignature;
}
