import assert from 'node:assert/strict';
import { checkPrimeSync, generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { derBitString, derElement, derSequence, derTag, derUnsignedInteger } from './der-writer.js';
import { pkiErrors } from './errors.js';
import { sha256Hex } from './hashes.js';
import { checkPublicKey, type PublicKeyPolicy, type PublicKeyRefusal } from './key-checks.js';
import { exportSpki, generateKeyPair } from './keys.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import type { EcKeySize, KeyType } from './public-key.js';
import { ecSpki, magnitude, rsaSpki } from './testing/public-keys.js';

const policy: PublicKeyPolicy = { minRsaBits: 512, forbiddenKeys: new Set() };
const rsa = (size: number): KeyType => ({ kind: 'rsa', size });
const ec = (size: EcKeySize): KeyType => ({ kind: 'ec', size });

function refusal(spki: Uint8Array, expected: KeyType, rules = policy): PublicKeyRefusal | 'accepted' {
  const check = checkPublicKey(spki, expected, rules);
  if (check.ok) return 'accepted';
  assert.ok(check.reason.length > 20);
  return check.code;
}

const prime = (bits: number) => generatePrimeSync(bits, { bigint: true });

/** A number of exactly so many bits: a prime times a given factor. */
function withFactor(factor: bigint, bits: number): bigint {
  for (let shorter = 0; ; shorter ^= 1) {
    const candidate = factor * prime(bits - factor.toString(2).length + 1 - shorter);
    if (candidate.toString(2).length === bits) return candidate;
  }
}

function nextPrime(from: bigint): bigint {
  let candidate = from | 1n;
  while (!checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}

/** A prime of 256 bits of the form that the flawed library made. */
function rocaPrime(): bigint {
  let product = 2n;
  for (let candidate = 3n; candidate <= 167n; candidate += 2n) {
    if (checkPrimeSync(candidate)) product *= candidate;
  }
  const lowest = (3n << 254n) / product + 1n;
  for (let k = lowest + BigInt(Math.floor(Math.random() * 1e9)); ; k++) {
    let power = 1n;
    for (let times = 0n; times < 3n + (k % 50n); times++) power = (power * 65537n) % product;
    const candidate = k * product + power;
    if (checkPrimeSync(candidate)) return candidate;
  }
}

describe('checks of a public key', () => {
  it('accept sound keys of every size that a phone is asked for', async () => {
    for (const size of [512, 1024, 2048, 3072]) {
      const { spki } = await generateKeyPair(rsa(size));
      const check = checkPublicKey(spki, rsa(size), policy);
      assert.ok(check.ok);
      assert.equal(check.key.size, size);
      assert.equal(check.sha256, sha256Hex(spki));
    }
    for (const size of [256, 384, 521] as const) {
      assert.equal(refusal((await generateKeyPair(ec(size))).spki, ec(size)), 'accepted');
    }
  });

  it('compare kind and size with what was asked for, and say both', async () => {
    const small = (await generateKeyPair(rsa(1024))).spki;
    const curve = (await generateKeyPair(ec(256))).spki;
    assert.equal(refusal(small, ec(256)), 'public-key-kind-unexpected');
    assert.equal(refusal(curve, rsa(2048)), 'public-key-kind-unexpected');
    assert.equal(refusal(curve, ec(384)), 'public-key-size-unexpected');
    const check = checkPublicKey(small, rsa(2048), policy);
    assert.ok(!check.ok);
    assert.equal(check.code, 'public-key-size-unexpected');
    assert.equal(check.reason, 'RSA 2048 was asked for, and the phone made RSA 1024.');
  });

  it('take the size of a modulus by the bit', () => {
    const bits1023 = withFactor(757n, 1023);
    assert.equal(refusal(rsaSpki(bits1023), rsa(1024)), 'public-key-size-unexpected');
    assert.equal(refusal(rsaSpki(bits1023), rsa(1023)), 'accepted');
  });

  it('refuse RSA below the smallest size allowed', async () => {
    const { spki } = await generateKeyPair(rsa(512));
    assert.equal(refusal(spki, rsa(512), { ...policy, minRsaBits: 1024 }), 'public-key-too-short');
  });

  it('refuse keys on the forbidden list', async () => {
    const { spki } = await generateKeyPair(ec(256));
    const forbiddenKeys = new Set([sha256Hex(spki)]);
    assert.equal(refusal(spki, ec(256), { ...policy, forbiddenKeys }), 'public-key-forbidden');
  });

  it('want an exponent that is odd, above 2 and at most 2^256', () => {
    const modulus = withFactor(757n, 512);
    const top = 1n << 256n;
    for (const exponent of [3n, 5n, 65537n, top - 1n]) {
      assert.equal(refusal(rsaSpki(modulus, exponent), rsa(512)), 'accepted', `${exponent}`);
    }
    for (const exponent of [1n, 2n, 4n, 65536n, top, top + 1n]) {
      assert.equal(refusal(rsaSpki(modulus, exponent), rsa(512)), 'public-key-exponent-unsafe', `${exponent}`);
    }
  });

  it('refuse an even modulus', () => {
    assert.equal(refusal(rsaSpki(withFactor(2n, 512)), rsa(512)), 'public-key-modulus-even');
  });

  it('refuse a modulus with any prime factor below 752, and only those', () => {
    for (let factor = 3n; factor < 752n; factor += 2n) {
      if (!checkPrimeSync(factor)) continue;
      assert.equal(refusal(rsaSpki(withFactor(factor, 512)), rsa(512)), 'public-key-small-factor', `${factor}`);
    }
    for (const factor of [757n, 761n]) {
      assert.equal(refusal(rsaSpki(withFactor(factor, 512)), rsa(512)), 'accepted', `${factor}`);
    }
  });

  it('recognise the ROCA pattern', () => {
    const modulus = rocaPrime() * rocaPrime();
    assert.equal(modulus.toString(2).length, 512);
    assert.equal(refusal(rsaSpki(modulus), rsa(512)), 'public-key-roca');
    assert.equal(refusal(rsaSpki(rocaPrime() * nextPrime(3n << 254n)), rsa(512)), 'accepted');
  });

  it('find primes that lie close together, within 100 rounds of Fermat and not beyond', () => {
    const first = nextPrime((3n << 510n) + prime(500));
    const rounds = (count: bigint) => (2n * BigInt(Math.round(Math.sqrt(2 * Number(count))))) << 256n;
    for (const distance of [2n, 1n << 100n, rounds(20n), rounds(60n)]) {
      const modulus = first * nextPrime(first + distance);
      assert.equal(refusal(rsaSpki(modulus), rsa(1024)), 'public-key-close-primes', `distance ${distance}`);
    }
    assert.equal(refusal(rsaSpki(first * first), rsa(1024)), 'public-key-close-primes');
    assert.equal(refusal(rsaSpki(first * nextPrime(first + rounds(400n))), rsa(1024)), 'accepted');
  });

  it('want a point on the curve, in uncompressed form', () => {
    for (const [size, curve, name] of [
      [256, oid.secp256r1, 'P-256'],
      [384, oid.secp384r1, 'P-384'],
      [521, oid.secp521r1, 'P-521'],
    ] as const) {
      const spki = exportSpki(generateKeyPairSync('ec', { namedCurve: name }).publicKey);
      const length = 1 + 2 * Math.ceil(size / 8);
      const point = spki.subarray(spki.length - length);
      const coordinate = (length - 1) / 2;
      assert.equal(refusal(ecSpki(curve, point), ec(size)), 'accepted');

      const beside = Uint8Array.from(point);
      beside[length - 1] = (beside[length - 1] ?? 0) ^ 1;
      assert.equal(refusal(ecSpki(curve, beside), ec(size)), 'public-key-point-not-on-curve');
      const tooLarge = new Uint8Array(length).fill(0xff).fill(4, 0, 1);
      assert.equal(refusal(ecSpki(curve, tooLarge), ec(size)), 'public-key-point-not-on-curve');
      const origin = new Uint8Array(length).fill(4, 0, 1);
      assert.equal(refusal(ecSpki(curve, origin), ec(size)), 'public-key-point-not-on-curve');

      const compressed = Uint8Array.of(2 + ((point[length - 1] ?? 0) & 1), ...point.subarray(1, 1 + coordinate));
      const hybrid = Uint8Array.of(6 + ((point[length - 1] ?? 0) & 1), ...point.subarray(1));
      for (const form of [Uint8Array.of(0), compressed, hybrid, new Uint8Array(), Buffer.concat([point, point])]) {
        assert.equal(refusal(ecSpki(curve, form), ec(size)), 'public-key-point-form-unsupported');
      }
    }
  });

  it('refuse other algorithms and other parameters', () => {
    const spkiOf = (pair: { publicKey: Parameters<typeof exportSpki>[0] }) => exportSpki(pair.publicKey);
    const ed25519 = spkiOf(generateKeyPairSync('ed25519'));
    const pss = spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 1024 }));
    assert.equal(refusal(ed25519, ec(256)), 'public-key-algorithm-unsupported');
    assert.equal(refusal(pss, rsa(1024)), 'public-key-algorithm-unsupported');
    const otherCurve = spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }));
    const explicit = spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }));
    assert.equal(refusal(otherCurve, ec(256)), 'public-key-parameters-unsupported');
    assert.equal(refusal(explicit, ec(256)), 'public-key-parameters-unsupported');

    const numbers = derBitString(
      derSequence(derUnsignedInteger(magnitude(withFactor(757n, 512))), derUnsignedInteger(Uint8Array.of(3))),
    );
    const withoutNull = derSequence(derSequence(derObjectIdentifier(oid.rsaEncryption)), numbers);
    assert.equal(refusal(withoutNull, rsa(512)), 'public-key-parameters-unsupported');
  });

  it('accept one encoding of a key only', () => {
    const modulus = magnitude(withFactor(757n, 512));
    const algorithm = derSequence(derObjectIdentifier(oid.rsaEncryption), derElement(derTag.null));
    const exponent = derUnsignedInteger(Uint8Array.of(3));
    const spki = (...numbers: Uint8Array[]) => derSequence(algorithm, derBitString(derSequence(...numbers)));
    const positive = derUnsignedInteger(modulus);
    const good = spki(positive, exponent);
    assert.equal(refusal(good, rsa(512)), 'accepted');
    const cases = {
      'bytes behind the key': Buffer.concat([good, Uint8Array.of(0)]),
      'bytes behind the numbers': spki(positive, exponent, exponent),
      'a negative modulus': spki(derElement(derTag.integer, modulus), exponent),
      'a modulus with a needless zero': spki(derElement(derTag.integer, Uint8Array.of(0, 0), modulus), exponent),
      'an exponent with a needless zero': spki(positive, derElement(derTag.integer, Uint8Array.of(0, 3))),
      'an exponent of zero': spki(positive, derElement(derTag.integer, Uint8Array.of(0))),
      'an empty exponent': spki(positive, derElement(derTag.integer)),
      'a missing exponent': spki(positive),
      'unused bits': derSequence(
        algorithm,
        derElement(derTag.bitString, Uint8Array.of(1), derSequence(positive, exponent)),
      ),
      'an empty bit string': derSequence(algorithm, derElement(derTag.bitString)),
      'something behind the bit string': derSequence(
        algorithm,
        derBitString(derSequence(positive, exponent)),
        exponent,
      ),
    };
    for (const [what, bytes] of Object.entries(cases)) {
      assert.equal(refusal(bytes, rsa(512)), 'public-key-malformed', what);
    }
  });

  it('answer and never throw, whatever bytes come', async () => {
    const { spki } = await generateKeyPair(ec(256));
    const codes = new Set(Object.keys(pkiErrors));
    const arbitrary = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(spki.length - 1), fc.nat(255))
        .map(([at, byte]) => Uint8Array.from(spki, (b, i) => (i === at ? byte : b))),
      fc.nat(spki.length).map((length) => spki.subarray(0, length)),
    );
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        const check = checkPublicKey(bytes, ec(256), policy);
        assert.ok(check.ok || codes.has(check.code));
      }),
      { numRuns: 1000 },
    );
  });
});
