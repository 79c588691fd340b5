import { type EcKeySize, exportPkcs8, generateKeyPair, importPkcs8, type KeyPair } from '@opencapf/pki';
import { z } from 'zod';
import { type KeySupply, type Making, several } from './key-supply.js';

const file = z.strictObject({ keys: z.record(z.string(), z.base64()) });

/** EC keys of one curve. Its file holds the PKCS#8 of each, by name. */
export class EcSupply implements KeySupply {
  readonly #size: EcKeySize;
  readonly #keys: Map<string, string>;

  /** @param written - what its file holds; throws when that is something else */
  constructor(size: EcKeySize, written: unknown = { keys: {} }) {
    this.#size = size;
    this.#keys = new Map(Object.entries(file.parse(written).keys));
  }

  async make(names: readonly string[], watch: (making: Making) => void): Promise<boolean> {
    const missing = names.filter((name) => !this.#keys.has(name));
    const count = missing.length;
    const makeOne = async () => {
      const name = missing.pop() ?? '';
      const { privateKey } = await generateKeyPair({ kind: 'ec', size: this.#size });
      this.#keys.set(name, Buffer.from(exportPkcs8(privateKey)).toString('base64'));
    };
    await several(count, makeOne, watch);
    return count > 0;
  }

  /** @throws PkiError when its file held something else than keys */
  keyFor(name: string): KeyPair | undefined {
    const pkcs8 = this.#keys.get(name);
    return pkcs8 === undefined ? undefined : importPkcs8(Buffer.from(pkcs8, 'base64'));
  }

  written(): z.output<typeof file> {
    return { keys: Object.fromEntries(this.#keys) };
  }
}
