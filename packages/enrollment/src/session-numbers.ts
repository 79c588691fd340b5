import { createCipheriv } from 'node:crypto';
import type { SecretKey } from '@opencapf/store';

const rounds = 8;

/**
 * Numbers of sessions on the wire: none repeats within 2^32 of them, over restarts and nodes, since they come from one
 * sequence; and none can be guessed from others, since that is sent through a permutation of all 32-bit numbers that only
 * the holder of the secret key can compute (capf-wire-protocol.md, section 6: the SUDI proof is bound to this number).
 *
 * The permutation is a Feistel network of {@link rounds} rounds over two halves of 16 bits with AES-256 as its round
 * function. A block of the sequence is fetched at a time; what a crash leaves of it is lost, which does no harm.
 */
export class SessionNumbers {
  readonly #reserve: () => Promise<number>;
  readonly #blockSize: number;
  readonly #permute: (number: number) => number;
  #next = 0;
  #end = 0;
  #reserving: Promise<void> | undefined;

  /**
   * @param reserve - Gives the first of `blockSize` numbers that nobody else gets; may reject, then so does {@link next}.
   */
  constructor(secretKey: SecretKey, reserve: () => Promise<number>, blockSize: number) {
    this.#reserve = reserve;
    this.#blockSize = blockSize;
    this.#permute = permutation(secretKey.keyedHash('session numbers', 'permutation'));
  }

  /** The next number, unsigned 32 bits. */
  async next(): Promise<number> {
    while (this.#next === this.#end) {
      this.#reserving ??= this.#fetch().finally(() => {
        this.#reserving = undefined;
      });
      await this.#reserving;
    }
    const number = this.#next;
    this.#next += 1;
    return this.#permute(number);
  }

  async #fetch(): Promise<void> {
    const first = await this.#reserve();
    this.#next = first;
    this.#end = first + this.#blockSize;
  }
}

/**
 * A permutation of the unsigned 32-bit numbers.
 *
 * @param key - 32 bytes.
 */
export function permutation(key: Uint8Array): (number: number) => number {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const block = Buffer.alloc(16);
  return (number) => {
    let left = number >>> 16;
    let right = number & 0xffff;
    for (let round = 0; round < rounds; round++) {
      block[0] = round;
      block.writeUInt16BE(right, 1);
      const mixed = left ^ cipher.update(block).readUInt16BE(0);
      left = right;
      right = mixed;
    }
    return ((left << 16) | right) >>> 0;
  };
}
