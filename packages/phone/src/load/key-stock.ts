import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair, type KeyPair, type KeyType, keyTypeName } from '@opencapf/pki';
import { PhoneError } from '../errors.js';
import { makeDirectory } from '../make-directory.js';
import { EcSupply } from './ec-supply.js';
import type { KeySupply, Making } from './key-supply.js';
import { RsaSupply } from './rsa-supply.js';

/**
 * Keys of a load's phones, made before they come: what a phone takes minutes for must not be the generator's work while it
 * measures. Every name has keys of its own, the same in each run that uses the same directory: a service refuses a key
 * that it knows of another device.
 */
export class KeyStock {
  readonly #directory: string | undefined;
  readonly #supplies = new Map<string, KeySupply>();
  #madeLate = 0;

  /** @param directory - where keys are kept for the next run; they are nowhere without it */
  constructor(directory?: string) {
    this.#directory = directory;
  }

  /** How many keys were made when a phone asked for them, because the server wanted another type than was made before. */
  get madeLate(): number {
    return this.#madeLate;
  }

  /**
   * Makes a key of this type for each name that has none.
   *
   * Rejects with PhoneError `load-keys-unusable` when the directory cannot be used or a file in it holds something else.
   */
  async prepare(names: readonly string[], type: KeyType, watch: (making: Making) => void = () => {}): Promise<void> {
    const supply = await this.#supply(type);
    if ((await supply.make(names, watch)) && this.#directory !== undefined) await this.#write(type, supply);
  }

  /** The key of this name. Undefined when no such key can be made. */
  async keyFor(name: string, type: KeyType): Promise<KeyPair | undefined> {
    const made = this.#supplies.get(keyTypeName(type))?.keyFor(name);
    if (made !== undefined) return made;
    this.#madeLate += 1;
    try {
      return await generateKeyPair(type);
    } catch {
      return undefined;
    }
  }

  async #supply(type: KeyType): Promise<KeySupply> {
    const name = keyTypeName(type);
    const supply = this.#supplies.get(name) ?? (await this.#read(type));
    this.#supplies.set(name, supply);
    return supply;
  }

  async #read(type: KeyType): Promise<KeySupply> {
    const path = this.#path(type);
    if (path === undefined) return supplyOf(type, undefined);
    try {
      return supplyOf(type, JSON.parse(await readFile(path, 'utf8')));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return supplyOf(type, undefined);
      throw new PhoneError('load-keys-unusable', path, { cause });
    }
  }

  async #write(type: KeyType, supply: KeySupply): Promise<void> {
    const path = this.#path(type);
    if (path === undefined || this.#directory === undefined) return;
    try {
      await makeDirectory(this.#directory);
      await writeFile(`${path}.${process.pid}`, `${JSON.stringify(supply.written())}\n`, { mode: 0o600 });
      await rename(`${path}.${process.pid}`, path);
    } catch (cause) {
      throw new PhoneError('load-keys-unusable', path, { cause });
    }
  }

  #path(type: KeyType): string | undefined {
    return this.#directory && join(this.#directory, `${type.kind}-${type.size}.json`);
  }
}

function supplyOf(type: KeyType, written: unknown): KeySupply {
  return type.kind === 'rsa' ? new RsaSupply(type.size, written) : new EcSupply(type.size, written);
}
