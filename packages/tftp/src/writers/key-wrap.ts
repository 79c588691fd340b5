import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import { importSpki, type PublicKey, type RandomBytes, readPublicKey } from '@opencapf/pki';
import { TftpError } from '../errors.js';

/** The key of a phone that files are encrypted for. */
export interface WrappingKey {
  readonly key: KeyObject;
  /** Size of the modulus. */
  readonly bits: number;
}

/** The sizes of phones' keys (capf-wire-protocol.md, section 3). */
const smallestKey = 512;
const largestKey = 4096;

/**
 * A phone's key, looked at whether a file can be encrypted for it.
 *
 * @param phoneKey - DER SubjectPublicKeyInfo.
 * @throws TftpError `file-phone-key-not-rsa`, `file-phone-key-unusable`
 */
export function wrappingKey(phoneKey: Uint8Array): WrappingKey {
  const { kind, size } = readKey(phoneKey);
  if (kind !== 'rsa') throw new TftpError('file-phone-key-not-rsa');
  if (size < smallestKey || size > largestKey) throw new TftpError('file-phone-key-unusable');
  try {
    return { key: importSpki(phoneKey), bits: size };
  } catch (cause) {
    throw new TftpError('file-phone-key-unusable', undefined, { cause });
  }
}

function readKey(phoneKey: Uint8Array): PublicKey {
  try {
    return readPublicKey(phoneKey);
  } catch (cause) {
    throw new TftpError('file-phone-key-unusable', undefined, { cause });
  }
}

/**
 * RSAES-PKCS1-v1_5 (RFC 8017, 7.2.1), padded here since Node takes its padding from nowhere but its own source.
 *
 * @throws TftpError `file-randomness-unusable`, `file-phone-key-unusable`
 */
export function wrapKey({ key, bits }: WrappingKey, secret: Uint8Array, random: RandomBytes): Uint8Array {
  const bytes = Math.ceil(bits / 8);
  const padding = drawNonZero(bytes - secret.length - 3, random);
  const block = Buffer.concat([Uint8Array.of(0, 2), padding, Uint8Array.of(0), secret]);
  try {
    return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
  } catch (cause) {
    throw new TftpError('file-phone-key-unusable', undefined, { cause });
  }
}

/** A zero among random bytes is drawn again; a sound source is through after two or three rounds. */
const mostRounds = 32;

function drawNonZero(length: number, random: RandomBytes): Uint8Array {
  const drawn: number[] = [];
  for (let round = 0; round < mostRounds && drawn.length < length; round += 1) {
    const missing = length - drawn.length;
    drawn.push(
      ...random(missing)
        .subarray(0, missing)
        .filter((byte) => byte !== 0),
    );
  }
  if (drawn.length < length) throw new TftpError('file-randomness-unusable');
  return Uint8Array.from(drawn);
}
