import { generatePrime } from 'node:crypto';
import type { KeyPair } from '@opencapf/pki';
import { z } from 'zod';
import { type KeySupply, type Making, several } from './key-supply.js';
import { isFactor, keyOfSharedPrimes, primesFor } from './shared-primes.js';

const file = z.strictObject({ primes: z.array(z.string().regex(/^[0-9a-f]+$/)), names: z.array(z.string()) });

/** RSA keys of one size, made of few primes. Its file holds the primes, and the names in the order of their keys. */
export class RsaSupply implements KeySupply {
  readonly #size: number;
  readonly #primes: bigint[];
  readonly #numbers: Map<string, number>;

  /** @param written - what its file holds; throws when that is something else */
  constructor(size: number, written: unknown = { primes: [], names: [] }) {
    const { primes, names } = file.parse(written);
    this.#size = size;
    this.#primes = primes.map((hex) => BigInt(`0x${hex}`));
    this.#numbers = new Map(names.map((name, number) => [name, number]));
    if (this.#primes.some((prime) => prime.toString(2).length !== size / 2) || this.#numbers.size > this.#keys()) {
      throw new RangeError('the primes are not those of these keys');
    }
  }

  async make(names: readonly string[], watch: (making: Making) => void): Promise<boolean> {
    const missing = names.filter((name) => !this.#numbers.has(name));
    if (missing.length === 0) return false;
    const primes = primesFor(this.#numbers.size + missing.length) - this.#primes.length;
    const makeOne = async () => {
      this.#primes.push(await this.#prime());
    };
    await several(primes, makeOne, watch);
    for (const name of missing) this.#numbers.set(name, this.#numbers.size);
    return true;
  }

  keyFor(name: string): KeyPair | undefined {
    const number = this.#numbers.get(name);
    return number === undefined ? undefined : keyOfSharedPrimes(this.#primes, number);
  }

  written(): z.output<typeof file> {
    return { primes: this.#primes.map((prime) => prime.toString(16)), names: [...this.#numbers.keys()] };
  }

  #keys(): number {
    return (this.#primes.length * (this.#primes.length - 1)) / 2;
  }

  /** OpenSSL sets the two highest bits of a prime, so that every product of two has the full size. */
  async #prime(): Promise<bigint> {
    for (;;) {
      const prime = await randomPrime(this.#size / 2);
      if (isFactor(prime) && !this.#primes.includes(prime)) return prime;
    }
  }
}

function randomPrime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(bits, { bigint: true }, (fault, prime) => (fault instanceof Error ? reject(fault) : resolve(prime)));
  });
}
