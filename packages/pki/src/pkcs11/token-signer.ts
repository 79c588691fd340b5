import { randomBytes, verify } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { PkiError, type PkiErrorCode } from '../errors.js';
import { importSpki } from '../keys.js';
import { readPublicKey } from '../public-key.js';
import type { Signer } from '../signer.js';
import type { TokenKeyLocation } from './token-location.js';

/** What the thread is started with. */
export interface TokenThreadData {
  readonly location: TokenKeyLocation;
  readonly pin: string;
}

/** What the thread is asked: bytes are to be signed. */
export interface TokenQuestion {
  readonly id: number;
  readonly data: 'open' | 'close' | Uint8Array;
}

/** What it answers. */
export interface TokenAnswer {
  readonly id: number;
  readonly signature?: Uint8Array | undefined;
  readonly spki?: Uint8Array | undefined;
  readonly fault?: { readonly code: PkiErrorCode; readonly message: string } | undefined;
}

/**
 * A signer on a key that stays in a PKCS#11 token. All calls are made in a thread of its own, one after the other, in one
 * session, which is opened anew after a fault.
 *
 * @param spki - DER SubjectPublicKeyInfo of the key that it must be; left out, the token's public key object says it
 * @throws PkiError `token-*`
 */
export async function openTokenSigner(location: TokenKeyLocation, pin: string, spki?: Uint8Array): Promise<Signer> {
  const thread = new TokenThread({ location, pin });
  try {
    const { spki: shown } = await thread.ask('open');
    const key = spki ?? shown;
    if (key === undefined)
      throw new PkiError('hsm-token-key-missing', 'The token holds no public key beside the private one.');
    const probe = randomBytes(32);
    const { signature = new Uint8Array() } = await thread.ask(probe);
    if (!verify('sha256', probe, importSpki(key), signature)) throw new PkiError('hsm-token-key-other');
    return tokenSigner(key, thread);
  } catch (fault) {
    await thread.close();
    throw fault;
  }
}

function tokenSigner(spki: Uint8Array, thread: TokenThread): Signer {
  const { kind, size } = readPublicKey(spki);
  return {
    type: kind === 'rsa' ? { kind, size } : { kind, size },
    spki,
    async sign(data) {
      try {
        const { signature } = await thread.ask(Uint8Array.from(data));
        if (signature !== undefined) return signature;
      } catch (cause) {
        throw new PkiError('signing-failed', (cause as Error).message, { cause });
      }
      throw new PkiError('signing-failed');
    },
    close: async () => await thread.close(),
  };
}

interface Waiting {
  resolve(answer: TokenAnswer): void;
  reject(fault: Error): void;
}

/** The thread as seen from outside: calls that are under way when it ends reject. */
class TokenThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #asked = 0;
  #gone: Error | undefined;

  constructor(workerData: TokenThreadData) {
    this.#worker = new Worker(new URL('./token-thread.js', import.meta.url), { workerData });
    this.#worker.unref();
    this.#worker.on('message', (answer: TokenAnswer) => this.#take(answer));
    this.#worker.on('error', (cause) => this.#end(new PkiError('hsm-token-fault', undefined, { cause })));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end(new PkiError('hsm-token-fault', 'The token is not in use any more.'));
        resolve();
      });
    });
  }

  async ask(data: TokenQuestion['data']): Promise<TokenAnswer> {
    if (this.#gone !== undefined) throw this.#gone;
    this.#asked += 1;
    const id = this.#asked;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, data } satisfies TokenQuestion);
    });
  }

  /** After the calls that are under way. */
  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    await this.ask('close');
    this.#worker.ref();
    await this.#ended;
  }

  #take(answer: TokenAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    const { fault } = answer;
    if (fault === undefined) waiting?.resolve(answer);
    else waiting?.reject(new PkiError(fault.code, fault.message));
  }

  #end(fault: Error): void {
    this.#gone ??= fault;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}
