import { ECDH } from 'node:crypto';
import { hasClosePrimes } from './close-primes.js';
import { PkiError, type PkiErrorCode } from './errors.js';
import { sha256Hex } from './hashes.js';
import { type EcKeySize, type KeyType, keyTypeName, type PublicKey, readPublicKey } from './public-key.js';
import { hasRocaFingerprint } from './roca.js';
import { residuesOfSmallPrimes } from './small-primes.js';

/** The codes with which {@link checkPublicKey} refuses. */
export type PublicKeyRefusal = Extract<PkiErrorCode, `public-key-${string}`>;

/** What {@link checkPublicKey} found. */
export type PublicKeyCheck =
  | {
      readonly ok: true;
      readonly key: PublicKey;
      /** SHA-256 over the SubjectPublicKeyInfo, lower-case hex. */
      readonly sha256: string;
    }
  | {
      readonly ok: false;
      readonly code: PublicKeyRefusal;
      /** Why, in words that an administrator can act on. */
      readonly reason: string;
    };

/** What holds for all keys of a site. */
export interface PublicKeyPolicy {
  /** Smallest RSA modulus in bits; `OPENCAPF_MIN_RSA_KEY_SIZE`. */
  readonly minRsaBits: number;
  /** SHA-256 (lower-case hex) over the SubjectPublicKeyInfo of keys that no device may have: at least the CA's own. */
  readonly forbiddenKeys: ReadonlySet<string>;
}

/**
 * Checks a phone's new public key as the best public CAs do before anything is signed over it.
 *
 * All kinds: strict DER, kind and size exactly as asked, not forbidden. RSA: exponent odd, above 2 and at most 2^256
 * (above 2 is this product's rule, since old phones may use 3; the upper bound is that of FIPS 186-5, A.1.1), modulus
 * odd and without prime factors below 752 (NIST SP 800-89, 5.3.3), no ROCA pattern, primes not close together. EC: an
 * uncompressed point on the curve; infinity has no such form, and the cofactor of these curves is 1, so every such point
 * has full order (NIST SP 800-56A, 5.6.2.3.3).
 *
 * @param spkiDer - DER SubjectPublicKeyInfo, as PUBLIC_KEY carries it (capf-wire-protocol.md, section 3).
 * @param expected - What the phone was asked for.
 * @returns Never throws: what is wrong with a key is an answer.
 */
export function checkPublicKey(spkiDer: Uint8Array, expected: KeyType, policy: PublicKeyPolicy): PublicKeyCheck {
  try {
    const key = readPublicKey(spkiDer);
    requireExpectedType(key, expected);
    const sha256 = sha256Hex(spkiDer);
    if (policy.forbiddenKeys.has(sha256)) throw new PkiError('public-key-forbidden');
    if (key.kind === 'rsa') requireSoundRsaKey(key, policy.minRsaBits);
    else requirePointOnCurve(key.subjectPublicKey, key.size);
    return { ok: true, key, sha256 };
  } catch (error) {
    if (error instanceof PkiError && isRefusal(error.code)) {
      return { ok: false, code: error.code, reason: error.message };
    }
    throw error;
  }
}

function isRefusal(code: PkiErrorCode): code is PublicKeyRefusal {
  return code.startsWith('public-key-');
}

function requireExpectedType(key: PublicKey, expected: KeyType): void {
  const words = `${keyTypeName(expected)} was asked for, and the phone made ${keyTypeName(key)}.`;
  if (key.kind !== expected.kind) throw new PkiError('public-key-kind-unexpected', words);
  if (key.size !== expected.size) throw new PkiError('public-key-size-unexpected', words);
}

function requireSoundRsaKey(key: PublicKey & { kind: 'rsa' }, minRsaBits: number): void {
  if (key.size < minRsaBits) {
    throw new PkiError(
      'public-key-too-short',
      `RSA ${key.size} is below the smallest size allowed here, ${minRsaBits}.`,
    );
  }
  const exponent = toBigInt(key.exponent);
  if (exponent % 2n === 0n || exponent <= 2n || exponent > 1n << 256n) throw new PkiError('public-key-exponent-unsafe');
  const modulus = toBigInt(key.modulus);
  if (modulus % 2n === 0n) throw new PkiError('public-key-modulus-even');
  const residues = residuesOfSmallPrimes(modulus);
  if (residues.includes(0)) throw new PkiError('public-key-small-factor');
  if (hasRocaFingerprint(residues)) throw new PkiError('public-key-roca');
  if (hasClosePrimes(modulus, key.size)) throw new PkiError('public-key-close-primes');
}

function toBigInt(magnitude: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(magnitude.buffer, magnitude.byteOffset, magnitude.length).toString('hex')}`);
}

const opensslCurve = { 256: 'prime256v1', 384: 'secp384r1', 521: 'secp521r1' } as const satisfies Record<
  EcKeySize,
  string
>;

function requirePointOnCurve(point: Uint8Array, size: EcKeySize): void {
  try {
    ECDH.convertKey(point, opensslCurve[size], undefined, undefined, 'uncompressed');
  } catch (cause) {
    throw new PkiError('public-key-point-not-on-curve', undefined, { cause });
  }
}
