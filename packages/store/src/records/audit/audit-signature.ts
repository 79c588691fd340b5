import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { SecretKey } from '../../secrets/secret-key.js';

/** Where a chain stood. */
export interface ChainHead {
  readonly chain: number;
  /** What its first entry follows, 32 bytes. */
  readonly genesis: Buffer;
  readonly sequence: number;
  /** The hash of the entry with that sequence, 32 bytes. */
  readonly hash: Buffer;
}

/**
 * Signs what the audit was, with Ed25519 and a key that is derived from `OPENCAPF_SECRET_KEY`: who has the database alone
 * cannot make such a signature.
 */
export class AuditSigner {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  /** Tells keys apart: 16 hex digits of the SHA-256 of the public key. */
  readonly keyId: string;

  constructor(secretKey: SecretKey) {
    this.#key = secretKey.signingKey('audit');
    this.#publicKey = createPublicKey(this.#key);
    const spki = this.#publicKey.export({ format: 'der', type: 'spki' });
    this.keyId = createHash('sha256').update(spki).digest('hex').slice(0, 16);
  }

  /** @param kind - keeps a signature of one kind from standing for another */
  sign(kind: 'heads' | 'checkpoint', at: Date, heads: readonly ChainHead[]): Buffer {
    return sign(undefined, signedText(kind, at, heads), this.#key);
  }

  verifies(kind: 'heads' | 'checkpoint', at: Date, heads: readonly ChainHead[], signature: Buffer): boolean {
    return verify(undefined, signedText(kind, at, heads), this.#publicKey, signature);
  }
}

function signedText(kind: string, at: Date, heads: readonly ChainHead[]): Buffer {
  const lines = heads.map(({ chain, genesis, sequence, hash }) =>
    [chain, genesis.toString('hex'), sequence, hash.toString('hex')].join(' '),
  );
  return Buffer.from([`OpenCAPF audit ${kind}`, at.toISOString(), ...lines, ''].join('\n'));
}
