// Imported before tests to which keys are no more than a means: RSA keys are put together from primes that this
// process made before, each pair of them once, which takes a hundredth of the time. A new key is made where no pair is left.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';

const make = promisify(crypto.generateKeyPair);
const exponent = 65_537n;
/** Of each size, how keys are made: one after the other, so that no pair is taken twice. */
const sizes = new Map();

function generateKeyPair(type, options, done) {
  keptOrNew(type, options).then(
    ({ publicKey, privateKey }) => done(null, publicKey, privateKey),
    (fault) => done(fault),
  );
}
// As of the function that it stands for, the promised value holds both keys.
generateKeyPair[promisify.custom] = keptOrNew;
crypto.generateKeyPair = generateKeyPair;
syncBuiltinESMExports();

async function keptOrNew(type, options) {
  const { modulusLength: size, publicExponent = 65_537, ...others } = options;
  const usual = type === 'rsa' && BigInt(publicExponent) === exponent && Object.keys(others).length === 0;
  if (!usual) return await make(type, options);
  const kept = sizes.get(size) ?? { primes: [], pairs: [], last: Promise.resolve() };
  sizes.set(size, kept);
  const made = kept.last.then(async () => {
    const pair = kept.pairs.pop();
    return pair === undefined ? await makeAndKeep(kept, options) : assemble(...pair);
  });
  kept.last = made.catch(() => undefined);
  return await made;
}

async function makeAndKeep({ primes, pairs }, options) {
  const made = await make('rsa', options);
  const { p, q } = made.privateKey.export({ format: 'jwk' });
  const own = [p, q].map((text) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`));
  for (const earlier of primes) for (const prime of own) pairs.push([earlier, prime]);
  primes.push(...own);
  return made;
}

function assemble(p, q) {
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const key = { kty: 'RSA' };
  for (const [name, number] of Object.entries(numbers)) key[name] = bytes(number).toString('base64url');
  const privateKey = crypto.createPrivateKey({ format: 'jwk', key });
  return { privateKey, publicKey: crypto.createPublicKey(privateKey) };
}

function bytes(number) {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

/** By the extended algorithm of Euclid. */
function inverse(number, modulus) {
  let [rest, nextRest] = [modulus, number % modulus];
  let [factor, nextFactor] = [0n, 1n];
  while (nextRest !== 0n) {
    const quotient = rest / nextRest;
    [rest, nextRest] = [nextRest, rest - quotient * nextRest];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return ((factor % modulus) + modulus) % modulus;
}
