import { createPrivateKey, createPublicKey, generatePrimeSync } from 'node:crypto';
import type { KeyPair } from '@opencapf/pki';

const exponent = 65_537n;

/**
 * Distinct RSA 2048 keys for phones of a bench, made quickly: each is a product of two of few primes. Good for nothing
 * else, for whoever has two of them can factor both.
 */
export function makePhoneKeys(count: number): readonly KeyPair[] {
  const primes: bigint[] = [];
  while ((primes.length * (primes.length - 1)) / 2 < count) primes.push(suitablePrime());
  const keys: KeyPair[] = [];
  for (let one = 1; one < primes.length; one += 1) {
    for (let other = 0; other < one && keys.length < count; other += 1) {
      keys.push(keyOf(primes[one] ?? 0n, primes[other] ?? 0n));
    }
  }
  return keys;
}

function suitablePrime(): bigint {
  for (;;) {
    const prime = generatePrimeSync(1024, { bigint: true });
    if ((prime - 1n) % exponent !== 0n) return prime;
  }
}

function keyOf(p: bigint, q: bigint): KeyPair {
  const order = (p - 1n) * (q - 1n);
  const d = inverse(exponent, order);
  const jwk = {
    kty: 'RSA',
    ...{ n: base64(p * q), e: base64(exponent), d: base64(d) },
    ...{ p: base64(p), q: base64(q), dp: base64(d % (p - 1n)), dq: base64(d % (q - 1n)), qi: base64(inverse(q, p)) },
  };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { type: { kind: 'rsa', size: 2048 }, privateKey, spki };
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
