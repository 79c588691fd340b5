import { createPrivateKey, createPublicKey, generateKeyPair as generate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { PkiError } from './errors.js';
import { type EcKeySize, type KeyType, readPublicKey } from './public-key.js';

/** A private key with what belongs to it. */
export interface KeyPair {
  readonly type: KeyType;
  readonly privateKey: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}

const generateAsync = promisify(generate);
const namedCurve = { 256: 'P-256', 384: 'P-384', 521: 'P-521' } as const satisfies Record<EcKeySize, string>;
const smallestRsaKey = 512;
const largestRsaKey = 4096;

/**
 * Makes a key pair on a thread of its own, so that other work goes on meanwhile.
 *
 * @throws PkiError `key-type-unsupported` for an RSA size outside of 512 to 4096.
 */
export async function generateKeyPair(type: KeyType): Promise<KeyPair> {
  if (type.kind === 'ec') {
    const { privateKey } = await generateAsync('ec', { namedCurve: namedCurve[type.size] });
    return toKeyPair(privateKey);
  }
  if (!Number.isInteger(type.size) || type.size < smallestRsaKey || type.size > largestRsaKey) {
    throw new PkiError('key-type-unsupported');
  }
  const { privateKey } = await generateAsync('rsa', { modulusLength: type.size, publicExponent: 65537 });
  return toKeyPair(privateKey);
}

/** Unencrypted PKCS#8 DER, to be encrypted by whoever stores it. */
export function exportPkcs8(privateKey: KeyObject): Uint8Array {
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}

/** Unencrypted PKCS#8 PEM, as TLS servers of Node take it. */
export function exportPkcs8Pem(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/**
 * The key pair in an unencrypted PKCS#8 DER.
 *
 * @throws PkiError `private-key-unreadable`, `private-key-unsupported`
 */
export function importPkcs8(der: Uint8Array): KeyPair {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new PkiError('private-key-unreadable', undefined, { cause });
  }
  return toKeyPair(privateKey);
}

/** DER SubjectPublicKeyInfo of a public or private key. */
export function exportSpki(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' });
}

/**
 * A public key for node:crypto from its DER SubjectPublicKeyInfo.
 *
 * @throws PkiError `public-key-malformed`
 */
export function importSpki(spkiDer: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new PkiError('public-key-malformed', undefined, { cause });
  }
}

function toKeyPair(privateKey: KeyObject): KeyPair {
  try {
    const spki = exportSpki(privateKey);
    const { kind, size } = readPublicKey(spki);
    return { type: kind === 'rsa' ? { kind, size } : { kind, size }, privateKey, spki };
  } catch (cause) {
    throw new PkiError('private-key-unsupported', undefined, { cause });
  }
}
