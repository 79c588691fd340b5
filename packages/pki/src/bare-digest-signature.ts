import { constants, createHash, type KeyObject, privateEncrypt, publicDecrypt, sign, verify } from 'node:crypto';
import { sameBytes } from './bytes.js';
import { PkiError } from './errors.js';

/** The digests that phones sign, by node:crypto's names. */
export type ProofDigest = 'sha1' | 'sha256' | 'sha512';

const digestLength = { sha1: 20, sha256: 32, sha512: 64 } as const satisfies Record<ProofDigest, number>;

/** Two octets of block type, eight of padding at least, and a zero (RFC 8017, 9.2, for what is no DigestInfo). */
const shortestFrame = 11;

/** True when an RSA key of so many bits can sign a bare digest of this kind. */
export function rsaKeyHoldsDigest(bits: number, digest: ProofDigest): boolean {
  return Math.ceil(bits / 8) >= digestLength[digest] + shortestFrame;
}

/**
 * The whole block that is raised to the private exponent: `00 01 FF.. 00 digest`. To compare it as a whole leaves a forger
 * no octet to choose.
 */
function paddedDigest(length: number, digest: ProofDigest, input: Uint8Array): Uint8Array {
  const block = new Uint8Array(length).fill(0xff);
  const start = length - digestLength[digest];
  block.set([0x00, 0x01]);
  block[start - 1] = 0x00;
  block.set(createHash(digest).update(input).digest(), start);
  return block;
}

/**
 * Verifies an RSA signature over a bare digest (capf-wire-protocol.md, section 6).
 *
 * @param bits - Size of the modulus.
 */
export function verifyRsaBareDigest(
  key: KeyObject,
  bits: number,
  digest: ProofDigest,
  input: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = Math.ceil(bits / 8);
  if (signature.length !== length || !rsaKeyHoldsDigest(bits, digest)) return false;
  let block: Uint8Array;
  try {
    block = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    // OpenSSL refuses a signature that is no number below the modulus.
    return false;
  }
  return sameBytes(block, paddedDigest(length, digest, input));
}

/**
 * Verifies a DER ECDSA signature. OpenSSL refuses any encoding of it but DER, and numbers out of range.
 */
export function verifyEcDigest(key: KeyObject, digest: ProofDigest, input: Uint8Array, signature: Uint8Array): boolean {
  return verify(digest, input, key, signature);
}

/**
 * Signs as phones do: RSA a bare digest with type 1 padding, EC as everybody does.
 *
 * @param privateKey - RSA, or EC on P-256, P-384 or P-521.
 * @throws PkiError `signing-failed`
 */
export function signBareDigest(privateKey: KeyObject, digest: ProofDigest, input: Uint8Array): Uint8Array {
  try {
    return privateKey.asymmetricKeyType === 'rsa'
      ? privateEncrypt(
          { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
          createHash(digest).update(input).digest(),
        )
      : sign(digest, input, privateKey);
  } catch (cause) {
    throw new PkiError('signing-failed', undefined, { cause });
  }
}
