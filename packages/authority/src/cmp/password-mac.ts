import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  DerReader,
  derElement,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derTag,
  derUnsignedInteger,
  PkiError,
  readSoleElement,
} from '@opencapf/pki';
import { readAlgorithm, readAnswered, readSmallInteger } from './answer-reading.js';
import { cmpOid, type HashName, hashByOid, hmacByOid } from './object-identifiers.js';

/** PBMParameter (RFC 4211, 4.4). */
export interface MacParameters {
  readonly salt: Uint8Array;
  readonly hash: HashName;
  readonly iterations: number;
  readonly mac: HashName;
}

/** How often the secret may be hashed: fewer is worth nothing, and more only costs time. */
export const macIterations = { fewest: 100, most: 100_000 } as const;

/** Salts of servers may have so many bytes. */
const longestSalt = 128;

/** As many hashes are made at a time before others get their turn: about 2 ms. */
const slice = 1_000;

/**
 * A key from a shared secret: hash of secret and salt, hashed again and again. It gives way to other work meanwhile, since
 * it is the peer who says how often.
 */
export async function deriveMacKey(secret: string, parameters: MacParameters): Promise<Uint8Array> {
  let key: Uint8Array = Buffer.concat([Buffer.from(secret), parameters.salt]);
  for (let made = 1; made <= parameters.iterations; made++) {
    key = hash(parameters.hash, key, 'buffer');
    if (made % slice === 0) await nextTurn();
  }
  return key;
}

/** The MAC over bytes. */
export function macOf(key: Uint8Array, mac: HashName, bytes: Uint8Array): Uint8Array {
  return createHmac(mac, key).update(bytes).digest();
}

/** Whether a MAC is the right one. */
export function macVerifies(key: Uint8Array, mac: HashName, bytes: Uint8Array, given: Uint8Array): boolean {
  const right = macOf(key, mac, bytes);
  return right.length === given.length && timingSafeEqual(right, given);
}

/** The AlgorithmIdentifier of our own MACs, DER: SHA-256 and HMAC with SHA-256. */
export function macAlgorithm({ salt, iterations }: Pick<MacParameters, 'salt' | 'iterations'>): Uint8Array {
  const algorithm = (type: string) => derSequence(derObjectIdentifier(type), derElement(derTag.null));
  const count = Buffer.alloc(4);
  count.writeUInt32BE(iterations);
  return derSequence(
    derObjectIdentifier(cmpOid.passwordBasedMac),
    derSequence(
      derOctetString(salt),
      algorithm('2.16.840.1.101.3.4.2.1'),
      derUnsignedInteger(count),
      algorithm('1.2.840.113549.2.9'),
    ),
  );
}

/** @throws AuthorityError `authority-answer-unreadable`, also for algorithms and counts that are not accepted. */
export function readMacParameters(parameters: Uint8Array): MacParameters {
  return readAnswered('The protection', () => {
    const parts = new DerReader(readSoleElement(parameters, derTag.sequence).content);
    const salt = parts.read(derTag.octetString).content;
    const hashName = hashByOid.get(readAlgorithm(parts).type);
    const iterations = readSmallInteger(parts);
    const mac = hmacByOid.get(readAlgorithm(parts).type);
    const { fewest, most } = macIterations;
    if (hashName === undefined || mac === undefined || salt.length > longestSalt) {
      throw new PkiError('der-malformed', 'The MAC is by an algorithm that is unknown here.');
    }
    if (iterations < fewest || iterations > most) {
      throw new PkiError('der-malformed', `The secret is hashed ${iterations} times.`);
    }
    return { salt, hash: hashName, iterations, mac };
  });
}
