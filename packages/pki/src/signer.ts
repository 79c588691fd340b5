import { sign } from 'node:crypto';
import { PkiError } from './errors.js';
import type { KeyPair } from './keys.js';
import type { KeyType } from './public-key.js';

/** A private key that signs, wherever it lives. */
export interface Signer {
  readonly type: KeyType;
  /** DER SubjectPublicKeyInfo of the key. */
  readonly spki: Uint8Array;
  /**
   * Signs with SHA-256: RSA as PKCS#1 v1.5, the same bytes each time; EC as a DER ECDSA signature, new bytes each time.
   *
   * @throws PkiError `signing-failed`
   */
  sign(data: Uint8Array): Promise<Uint8Array>;
  /** Gives up what the key is reached by. Absent where that is nothing. */
  close?(): Promise<void>;
}

/** A signer on a key in memory. It works on libuv's threads and never on the event loop. */
export function createSigner({ type, spki, privateKey }: KeyPair): Signer {
  return {
    type,
    spki,
    sign: (data) =>
      new Promise((resolve, reject) => {
        sign('sha256', data, privateKey, (cause, signature) => {
          if (cause) reject(new PkiError('signing-failed', undefined, { cause }));
          else resolve(signature);
        });
      }),
  };
}

/** The most bytes that a signature of such a key has. */
export function largestSignature({ kind, size }: KeyType): number {
  const integer = Math.ceil((size + 1) / 8);
  return kind === 'rsa' ? Math.ceil(size / 8) : 2 * (integer + 3) + 3;
}
