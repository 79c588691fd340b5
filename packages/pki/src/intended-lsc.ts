import { sameBytes } from './bytes.js';
import { readCertificate } from './certificate-reader.js';
import { DerReader, readSoleElement } from './der-reader.js';
import { derSequence, derTag } from './der-writer.js';
import { encodeDeviceName, inheritedNames } from './distinguished-name.js';
import { PkiError } from './errors.js';
import { extension } from './extensions.js';
import { keyIdentifier } from './hashes.js';
import { type LscFields, type LscProfile, lscKeyUsages, lscPurposes } from './lsc-profile.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import { readPublicKey } from './public-key.js';
import { encodeTbsCertificate, sha256SignatureAlgorithm } from './tbs-certificate.js';

/**
 * Reads to-be-signed bytes that were kept, and makes sure that they are an LSC of this issuer, to the last byte: a
 * database that somebody altered must not get anything else signed, least of all a CA certificate. Key usages and URLs
 * may be those of earlier settings.
 *
 * @returns What `LscProfile.encodeTbs` was given.
 * @throws PkiError `lsc-tbs-malformed`
 */
export function readIntendedLsc(profile: LscProfile, tbs: Uint8Array): LscFields {
  try {
    const fields = readFields(profile, tbs);
    const extensions = readExtensions(tbs);
    if (
      !extensionsAreAllowed(profile, fields.spki, extensions) ||
      !sameBytes(encode(profile, fields, extensions), tbs)
    ) {
      throw new PkiError('lsc-tbs-malformed');
    }
    return fields;
  } catch (cause) {
    if (cause instanceof PkiError && cause.code === 'lsc-tbs-malformed') throw cause;
    throw new PkiError('lsc-tbs-malformed', undefined, { cause });
  }
}

function readFields(profile: LscProfile, tbs: Uint8Array): LscFields {
  const unsigned = readCertificate(profile.assemble(tbs, new Uint8Array(1)));
  return {
    deviceName: unsigned.commonName ?? '',
    spki: unsigned.spki,
    serial: Buffer.from(unsigned.serial, 'hex'),
    notBefore: unsigned.notBefore,
    notAfter: unsigned.notAfter,
  };
}

function readExtensions(tbs: Uint8Array): readonly Uint8Array[] {
  const reader = new DerReader(readSoleElement(tbs, derTag.sequence).content);
  while (reader.nextTag !== derTag.explicit3) reader.read();
  const list = new DerReader(readSoleElement(reader.read().content, derTag.sequence).content);
  reader.end();
  const extensions: Uint8Array[] = [];
  while (!list.atEnd) extensions.push(list.read(derTag.sequence).raw);
  return extensions;
}

const urlExtensions = [oid.crlDistributionPoints, oid.authorityInfoAccess].map((type) => derObjectIdentifier(type));

/** Each required extension once, and beside them only URLs that are not critical. */
function extensionsAreAllowed({ issuer }: LscProfile, spki: Uint8Array, found: readonly Uint8Array[]): boolean {
  const { kind, subjectPublicKey } = readPublicKey(spki);
  const required: readonly (readonly Uint8Array[])[] = [
    [extension.endEntity()],
    lscKeyUsages(kind),
    [extension.extendedKeyUsage(...lscPurposes)],
    [extension.authorityKeyIdentifier(issuer.keyId)],
    [extension.subjectKeyIdentifier(keyIdentifier(subjectPublicKey))],
  ];
  const isOneOf = (choices: readonly Uint8Array[]) => (raw: Uint8Array) => choices.some((one) => sameBytes(one, raw));
  const others = found.filter((raw) => !isOneOf(required.flat())(raw));
  return required.every((choices) => found.filter(isOneOf(choices)).length === 1) && others.every(isUrlExtension);
}

function isUrlExtension(raw: Uint8Array): boolean {
  const reader = new DerReader(readSoleElement(raw, derTag.sequence).content);
  const type = reader.read(derTag.objectIdentifier).raw;
  return reader.nextTag === derTag.octetString && urlExtensions.some((allowed) => sameBytes(allowed, type));
}

function encode({ issuer }: LscProfile, fields: LscFields, extensions: readonly Uint8Array[]): Uint8Array {
  const { subjectDer } = issuer.certificate;
  return encodeTbsCertificate({
    ...fields,
    signatureAlgorithm: sha256SignatureAlgorithm(issuer.signer.type.kind),
    issuer: subjectDer,
    subject: derSequence(encodeDeviceName(fields.deviceName), inheritedNames(subjectDer)),
    extensions,
  });
}
