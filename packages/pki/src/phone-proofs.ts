import type { KeyObject } from 'node:crypto';
import {
  type ProofDigest,
  rsaKeyHoldsDigest,
  signBareDigest,
  verifyEcDigest,
  verifyRsaBareDigest,
} from './bare-digest-signature.js';
import type { CertificateRecord } from './certificate-reader.js';
import { PkiError, type PkiErrorCode, pkiErrors } from './errors.js';
import { importSpki } from './keys.js';
import { type KeyType, keyTypeName, readPublicKey } from './public-key.js';

/** The second signature of a proof: SHA2_SIGNED_DATA, or part 3 of SUDI_DATA. */
export interface Sha2Signature {
  /** 2 for SHA-256, 3 for SHA-512 (capf-wire-protocol.md, section 4). */
  readonly digestId: number;
  readonly signature: Uint8Array;
}

/** The signatures of a proof, as far as the phone sent them. */
export interface ProofSignatures {
  /** SIGNED_DATA, or part 2 of SUDI_DATA. */
  readonly sha1: Uint8Array | undefined;
  readonly sha2: Sha2Signature | undefined;
}

/** What holds for all proofs of a site. */
export interface ProofPolicy {
  /** Smallest RSA modulus in bits; `OPENCAPF_MIN_RSA_KEY_SIZE`. */
  readonly minRsaBits: number;
}

/** The codes with which a proof is refused. */
export type ProofRefusal = Extract<PkiErrorCode, `proof-${string}`>;

/** What {@link verifyDeviceProof} or {@link verifySudiProof} found. */
export type ProofCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: ProofRefusal;
      /** Why, in words that an administrator can act on. */
      readonly reason: string;
    };

/** Which of the two SHA-2 digests the phone signs. */
export type Sha2DigestId = 2 | 3;

/** Longer moduli are refused, since the time to verify with them grows with their square. No phone has more than 4096. */
const largestRsaKey = 8192;

/**
 * Verifies that the sender holds the key of its certificate: both signatures, over the device's name, a NUL and the
 * certificate (capf-wire-protocol.md, section 6). The proof is the same in every session, so it proves no presence. An RSA
 * key too short for a SHA-512 digest may leave the second signature out; one that is there must be right.
 *
 * @param certificate - Nothing but its key and its bytes is looked at: chain, dates and name are for others to check.
 * @param deviceName - As DEVICE_NAME carries it, without the NUL.
 * @returns Never throws: what is wrong with a proof is an answer.
 */
export function verifyDeviceProof(
  certificate: CertificateRecord,
  deviceName: string,
  signatures: ProofSignatures,
  policy: ProofPolicy,
): ProofCheck {
  if (!isSignableName(deviceName)) return refuse('proof-device-name-malformed');
  return verifyProof(certificate, deviceProofInput(deviceName, certificate.der), signatures, policy);
}

/**
 * Verifies that the sender holds the key of its SUDI certificate, in this session: both signatures, over the session's id
 * and the certificate (capf-wire-protocol.md, section 6). RSA as the recorded phones have it, EC by the same rules as in a
 * device proof; never passed over for the kind of its key.
 *
 * @param sessionId - 32 bits, as in the header of the session's messages.
 * @returns Never throws: what is wrong with a proof is an answer.
 */
export function verifySudiProof(
  certificate: CertificateRecord,
  sessionId: number,
  signatures: ProofSignatures,
  policy: ProofPolicy,
): ProofCheck {
  return verifyProof(certificate, sudiProofInput(sessionId, certificate.der), signatures, policy);
}

/**
 * Makes a device proof, as a phone does.
 *
 * @param certificateDer - DER of the certificate that will stand in CERTIFICATE.
 * @returns No SHA-2 signature from an RSA key that is too short to hold the digest.
 * @throws PkiError `device-name-malformed` for a name that is empty or holds a NUL, `signing-failed`
 */
export function signDeviceProof(
  privateKey: KeyObject,
  deviceName: string,
  certificateDer: Uint8Array,
  digestId: Sha2DigestId = 3,
): { readonly sha1: Uint8Array; readonly sha2: Sha2Signature | undefined } {
  if (!isSignableName(deviceName)) throw new PkiError('device-name-malformed');
  return signProof(privateKey, deviceProofInput(deviceName, certificateDer), digestId);
}

/**
 * Makes a SUDI proof, as a phone does.
 *
 * @param sessionId - 32 bits, as in the header of the session's messages.
 * @param certificateDer - DER of the SUDI certificate.
 * @returns No SHA-2 signature from an RSA key that is too short to hold the digest; such a key can make no SUDI_DATA.
 * @throws PkiError `signing-failed`
 */
export function signSudiProof(
  privateKey: KeyObject,
  sessionId: number,
  certificateDer: Uint8Array,
  digestId: Sha2DigestId = 3,
): { readonly sha1: Uint8Array; readonly sha2: Sha2Signature | undefined } {
  return signProof(privateKey, sudiProofInput(sessionId, certificateDer), digestId);
}

/** A NUL within would let one signature stand for two pairs of name and certificate. */
function isSignableName(deviceName: string): boolean {
  return deviceName !== '' && !deviceName.includes('\0');
}

function deviceProofInput(deviceName: string, certificateDer: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${deviceName}\0`), certificateDer]);
}

function sudiProofInput(sessionId: number, certificateDer: Uint8Array): Uint8Array {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, sessionId, true);
  return Buffer.concat([id, certificateDer]);
}

const sha2Digests: Readonly<Record<Sha2DigestId, ProofDigest>> = { 2: 'sha256', 3: 'sha512' };

function isSha2DigestId(id: number): id is Sha2DigestId {
  return id in sha2Digests;
}

function refuse(code: ProofRefusal, reason: string = pkiErrors[code]): ProofCheck {
  return { ok: false, code, reason };
}

function verifyProof(
  { spki, keyType }: CertificateRecord,
  input: Uint8Array,
  { sha1, sha2 }: ProofSignatures,
  { minRsaBits }: ProofPolicy,
): ProofCheck {
  if (keyType === undefined) return refuse('proof-key-unsupported');
  if (keyType.kind === 'rsa' && keyType.size < minRsaBits) {
    return refuse('proof-key-too-short', `RSA ${keyType.size} is below the smallest size allowed here, ${minRsaBits}.`);
  }
  const key = importProofKey(spki, keyType);
  if (key === undefined) return refuse('proof-key-unsupported');
  const isRight = (digest: ProofDigest, signature: Uint8Array) =>
    keyType.kind === 'rsa'
      ? verifyRsaBareDigest(key, keyType.size, digest, input, signature)
      : verifyEcDigest(key, digest, input, signature);

  if (sha1 === undefined) return refuse('proof-signature-missing', 'The SHA-1 signature (SIGNED_DATA) is missing.');
  if (!isRight('sha1', sha1)) {
    return refuse('proof-signature-invalid', `The SHA-1 signature does not verify with ${keyTypeName(keyType)}.`);
  }
  if (sha2 === undefined) {
    if (keyType.kind === 'rsa' && !rsaKeyHoldsDigest(keyType.size, 'sha512')) return { ok: true };
    return refuse('proof-signature-missing', 'The SHA-2 signature (SHA2_SIGNED_DATA) is missing.');
  }
  if (!isSha2DigestId(sha2.digestId)) {
    return refuse('proof-digest-unknown', `The digest id ${sha2.digestId} is neither 2 (SHA-256) nor 3 (SHA-512).`);
  }
  if (!isRight(sha2Digests[sha2.digestId], sha2.signature)) {
    return refuse('proof-signature-invalid', `The SHA-2 signature does not verify with ${keyTypeName(keyType)}.`);
  }
  return { ok: true };
}

/** Undefined for a key that no honest proof is made with: with exponent 1, say, a signature is no more than its padding. */
function importProofKey(spki: Uint8Array, keyType: KeyType): KeyObject | undefined {
  try {
    const read = readPublicKey(spki);
    if (keyType.kind === 'rsa' && keyType.size > largestRsaKey) return undefined;
    if (read.kind === 'rsa' && !isSoundExponent(read.exponent)) return undefined;
    return importSpki(spki);
  } catch {
    return undefined;
  }
}

/** Odd, above 2 and below 2^256: the bounds that new keys are held to. */
function isSoundExponent(exponent: Uint8Array): boolean {
  const last = exponent.at(-1) ?? 0;
  return exponent.length <= 32 && (last & 1) === 1 && (exponent.length > 1 || last >= 3);
}

function signProof(
  privateKey: KeyObject,
  input: Uint8Array,
  digestId: Sha2DigestId,
): { readonly sha1: Uint8Array; readonly sha2: Sha2Signature | undefined } {
  const digest = sha2Digests[digestId];
  const bits = privateKey.asymmetricKeyDetails?.modulusLength;
  const fits = bits === undefined || rsaKeyHoldsDigest(bits, digest);
  return {
    sha1: signBareDigest(privateKey, 'sha1', input),
    sha2: fits ? { digestId, signature: signBareDigest(privateKey, digest, input) } : undefined,
  };
}
