import { createHash, verify } from 'node:crypto';
import { derBitString, derElement, derOctetString, derSequence, derTag } from './der-writer.js';
import { encodeDeviceName } from './distinguished-name.js';
import { extension } from './extensions.js';
import { importSpki } from './keys.js';
import { lscPurposes } from './lsc-profile.js';
import { derObjectIdentifier } from './object-identifiers.js';
import { readPublicKey } from './public-key.js';
import type { Signer } from './signer.js';
import { sha256SignatureAlgorithm } from './tbs-certificate.js';

const extensionRequest = derObjectIdentifier('1.2.840.113549.1.9.14');
const noSignature = derSequence(derObjectIdentifier('1.3.6.1.5.5.7.6.2'), derElement(derTag.null));

/** The device and the key that a certificate is asked for. */
export interface RequestedCertificate {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}

/**
 * The CertificationRequestInfo of an LSC (RFC 2986, 4.1), DER: subject CN = device name; key usage and extended key usage as
 * our own LSCs have them, asked for as an extensionRequest (RFC 2985, 5.4.2).
 *
 * @throws PkiError `device-name-malformed`, `public-key-*`
 */
export function certificationRequestInfo({ deviceName, spki }: RequestedCertificate): Uint8Array {
  return requestInfo({
    subjectDer: derSequence(encodeDeviceName(deviceName)),
    spki,
    extensions: requestedExtensions(spki),
  });
}

/** What a PKCS#10 asks for; all DER. */
interface WantedCertificate {
  /** Name. */
  readonly subjectDer: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Extensions, asked for as an extensionRequest (RFC 2985, 5.4.2). */
  readonly extensions: Uint8Array;
}

/** A PKCS#10 (RFC 2986), DER, that its own key signs. @throws PkiError `signing-failed` */
export async function certificationRequest(wanted: WantedCertificate, signer: Signer): Promise<Uint8Array> {
  const info = requestInfo(wanted);
  return signedCertificationRequest(info, wanted.spki, await signer.sign(info));
}

function requestInfo({ subjectDer, spki, extensions }: WantedCertificate): Uint8Array {
  const attribute = derSequence(extensionRequest, derElement(derTag.set, extensions));
  return derSequence(
    derElement(derTag.integer, Uint8Array.of(0)),
    subjectDer,
    spki,
    derElement(derTag.explicit0, attribute),
  );
}

/**
 * The Extensions that an LSC for this key is asked for with, DER: key usage and extended key usage as our own LSCs have them.
 *
 * @throws PkiError `public-key-*`
 */
export function requestedExtensions(spki: Uint8Array): Uint8Array {
  extensionsFor ??= makeExtensions();
  return extensionsFor[readPublicKey(spki).kind];
}

/** The same for every phone, and made once. */
let extensionsFor: ReturnType<typeof makeExtensions> | undefined;

function makeExtensions() {
  const purposes = extension.extendedKeyUsage(...lscPurposes);
  return {
    rsa: derSequence(extension.keyUsage('digitalSignature', 'keyEncipherment'), purposes),
    ec: derSequence(extension.keyUsage('digitalSignature', 'keyAgreement'), purposes),
  };
}

/** A PKCS#10 (RFC 2986), DER, of its info and the signature with SHA-256 that the key's owner made over it. */
export function signedCertificationRequest(info: Uint8Array, spki: Uint8Array, signature: Uint8Array): Uint8Array {
  return derSequence(info, sha256SignatureAlgorithm(readPublicKey(spki).kind), derBitString(signature));
}

/**
 * A PKCS#10, DER, of an info that nobody signed: the no-signature mechanism of RFC 5272, C.1, which says openly that there is
 * no proof of possession.
 */
export function unsignedCertificationRequest(info: Uint8Array): Uint8Array {
  const digest = createHash('sha1').update(info).digest();
  return derSequence(info, noSignature, derBitString(derOctetString(digest)));
}

/** Whether the owner of the key signed an info: RSA as PKCS#1 v1.5, EC as DER ECDSA, with SHA-256. */
export function verifiesCertificationRequest(info: Uint8Array, spki: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', info, importSpki(spki), signature);
  } catch {
    return false;
  }
}
