import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyPair, KeyType } from '@opencapf/pki';

const exponent = 65_537n;

/** Whether a prime is fit for a factor of keys with the usual exponent. */
export function isFactor(prime: bigint): boolean {
  return (prime - 1n) % exponent !== 0n;
}

/** How many primes give so many keys. */
export function primesFor(keys: number): number {
  return keys === 0 ? 0 : Math.ceil((1 + Math.sqrt(1 + 8 * keys)) / 2);
}

/**
 * The RSA key of this number among those whose two factors are of few primes: n primes give n (n - 1) / 2 distinct keys.
 * They are good for a load and for nothing else, for whoever has two of them may factor both.
 *
 * @param primes - All of the same size; at least {@link primesFor} of the number and one.
 */
export function keyOfSharedPrimes(primes: readonly bigint[], number: number): KeyPair {
  const one = primesFor(number + 1) - 1;
  return new ComposedKey(primes[one] ?? 0n, primes[number - (one * (one - 1)) / 2] ?? 0n);
}

/** Its private part is worked out when it is asked for: a phone that installs an LSC never does. */
class ComposedKey implements KeyPair {
  readonly type: KeyType;
  readonly spki: Uint8Array;
  readonly #factors: readonly [bigint, bigint];
  #privateKey: KeyObject | undefined;

  constructor(p: bigint, q: bigint) {
    this.#factors = [p, q];
    const jwk = { kty: 'RSA', n: base64(p * q), e: base64(exponent) };
    this.spki = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
    this.type = { kind: 'rsa', size: (p * q).toString(2).length };
  }

  get privateKey(): KeyObject {
    this.#privateKey ??= privateKeyOf(...this.#factors);
    return this.#privateKey;
  }
}

function privateKeyOf(p: bigint, q: bigint): KeyObject {
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const jwk = {
    kty: 'RSA',
    ...{ n: base64(p * q), e: base64(exponent), d: base64(d) },
    ...{ p: base64(p), q: base64(q), dp: base64(d % (p - 1n)), dq: base64(d % (q - 1n)), qi: base64(inverse(q, p)) },
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high] = [value % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [high, low] = [low, high % low];
    [y, x] = [x, y - quotient * x];
  }
  return ((x % modulus) + modulus) % modulus;
}

function base64(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
