import { randomBytes, sign } from 'node:crypto';
import { derElement, derSequence, derTag, derTime, derUnsignedInteger } from '../der-writer.js';
import { encodeDistinguishedName } from '../distinguished-name.js';
import { extension } from '../extensions.js';
import type { KeyPair } from '../keys.js';
import { derObjectIdentifier, oid } from '../object-identifiers.js';
import { assembleCertificate, encodeTbsCertificate } from '../tbs-certificate.js';

/** A key with the name that it signs under. */
export interface TestCa {
  readonly name: Uint8Array;
  readonly keys: KeyPair;
}

/** What a certificate for tests is made of; all that is left out is sound. */
export interface TestCertificate {
  readonly by: TestCa;
  /** The common name, or a DER Name. */
  readonly subject: string | Uint8Array;
  readonly spki: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly digest?: 'md5' | 'sha1' | 'sha256' | 'sha512';
  /** Version 1 has no extensions. */
  readonly version?: 1 | 3;
}

const rsaAlgorithms = {
  md5: '1.2.840.113549.1.1.4',
  sha1: oid.sha1WithRsaEncryption,
  sha256: oid.sha256WithRsaEncryption,
  sha512: oid.sha512WithRsaEncryption,
} as const;
const ecAlgorithms = {
  md5: '1.2.3',
  sha1: oid.ecdsaWithSha1,
  sha256: oid.ecdsaWithSha256,
  sha512: oid.ecdsaWithSha512,
} as const;

/** A certificate signed by any CA, DER. */
export function certify(wanted: TestCertificate): Uint8Array {
  const { by, digest = 'sha256', version = 3, extensions = [] } = wanted;
  const isRsa = by.keys.type.kind === 'rsa';
  const signatureAlgorithm = isRsa
    ? derSequence(derObjectIdentifier(rsaAlgorithms[digest]), derElement(derTag.null))
    : derSequence(derObjectIdentifier(ecAlgorithms[digest]));
  const fields = {
    serial: randomBytes(8),
    signatureAlgorithm,
    issuer: by.name,
    notBefore: wanted.notBefore ?? new Date('2020-01-01Z'),
    notAfter: wanted.notAfter ?? new Date('2035-01-01Z'),
    subject: typeof wanted.subject === 'string' ? encodeDistinguishedName(wanted.subject) : wanted.subject,
    spki: wanted.spki,
    extensions,
  };
  const tbs =
    version === 3 && extensions.length > 0
      ? encodeTbsCertificate(fields)
      : derSequence(
          derUnsignedInteger(fields.serial),
          signatureAlgorithm,
          fields.issuer,
          derSequence(derTime(fields.notBefore), derTime(fields.notAfter)),
          fields.subject,
          fields.spki,
        );
  return assembleCertificate(tbs, signatureAlgorithm, sign(digest, tbs, by.keys.privateKey));
}

/** CA:TRUE and keyCertSign. */
export const caExtensions = [extension.issuerOfEndEntities(), extension.keyUsage('keyCertSign', 'cRLSign')];

/** The certificate of a CA by its own key, DER. */
export function selfSigned(ca: TestCa, changes: Partial<TestCertificate> = {}): Uint8Array {
  return certify({ by: ca, subject: ca.name, spki: ca.keys.spki, extensions: caExtensions, ...changes });
}
