import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportPkcs8Pem, toPem } from '@opencapf/pki';
import type { TrustListKind } from '@opencapf/tftp/readers';
import { PhoneError } from '../errors.js';
import { readHeldCertificate } from '../held-certificate.js';
import type { HeldCertificate, PhoneIdentity } from '../identity.js';
import { makeDirectory } from '../make-directory.js';
import { PhoneDirectory } from '../phone-directory.js';

/** What a phone keeps in its flash from one boot to the next. */
export interface BootState {
  readonly identity: PhoneIdentity;
  /** The trust lists that it has taken, as they came. */
  readonly lists: Readonly<Partial<Record<TrustListKind, Uint8Array>>>;
  /** The mode of a CAPF session that was begun and has not ended. */
  readonly storedMode: number | undefined;
}

/** Where a phone keeps what it has from one boot to the next. */
export interface BootKeeper {
  load(): Promise<BootState>;
  keepIdentity(identity: PhoneIdentity): Promise<void>;
  keepRequestedKey: PhoneDirectory['keepRequestedKey'];
  keepList(kind: TrustListKind, bytes: Uint8Array): Promise<void>;
  keepMode(mode: number | undefined): Promise<void>;
  keepConfiguration(content: Uint8Array): Promise<void>;
}

/**
 * A phone's directory with what booting needs beside the LSC: `NAME.mic.pem` and `NAME.mic.key.pem` (mode 0600), `NAME.ctl.tlv`,
 * `NAME.itl.tlv`, `NAME.mode` while a session has not ended, and `NAME.cnf.xml` (mode 0600), the configuration that it uses.
 */
export class BootDirectory implements BootKeeper {
  readonly #phone: PhoneDirectory;
  readonly #path: string;
  readonly #name: string;

  /** @throws PhoneError `phone-name-unusable` */
  constructor(path: string, name: string) {
    this.#phone = new PhoneDirectory(path, name);
    this.#path = path;
    this.#name = name;
  }

  /** Rejects with PhoneError `phone-directory-unusable`, `phone-directory-inconsistent`. */
  async load(): Promise<BootState> {
    const identity = await this.#phone.load();
    const mic = await this.#loadMic();
    const [ctl, itl, mode] = [await this.#read('ctl.tlv'), await this.#read('itl.tlv'), await this.#read('mode')];
    const stored = Number(mode?.toString().trim());
    return {
      identity: { ...identity, ...(mic && { mic }) },
      lists: { ...(ctl && { ctl }), ...(itl && { itl }) },
      storedMode: mode !== undefined && Number.isInteger(stored) && stored >= 1 && stored <= 4 ? stored : undefined,
    };
  }

  async keepIdentity(identity: PhoneIdentity): Promise<void> {
    await this.#phone.keep(identity);
  }

  keepRequestedKey: PhoneDirectory['keepRequestedKey'] = async (key) => await this.#phone.keepRequestedKey(key);

  async keepMic({ certificate, key }: HeldCertificate): Promise<void> {
    await this.#write('mic.key.pem', exportPkcs8Pem(key.privateKey), 0o600);
    await this.#write('mic.pem', toPem('CERTIFICATE', certificate), 0o644);
  }

  async keepList(kind: TrustListKind, bytes: Uint8Array): Promise<void> {
    await this.#write(`${kind}.tlv`, bytes, 0o644);
  }

  async keepMode(mode: number | undefined): Promise<void> {
    if (mode === undefined) await this.#usable(async () => await rm(this.#file('mode'), { force: true }));
    else await this.#write('mode', `${mode}\n`, 0o644);
  }

  /** It may hold passwords. */
  async keepConfiguration(content: Uint8Array): Promise<void> {
    await this.#write('cnf.xml', content, 0o600);
  }

  async #loadMic(): Promise<HeldCertificate | undefined> {
    const [certificate, key] = [await this.#read('mic.pem'), await this.#read('mic.key.pem')];
    if (certificate === undefined || key === undefined) return undefined;
    const mic = readHeldCertificate(certificate, key.toString());
    if (mic === undefined) throw new PhoneError('phone-directory-inconsistent', this.#file('mic.pem'));
    return mic;
  }

  #file(ending: string): string {
    return join(this.#path, `${this.#name}.${ending}`);
  }

  async #read(ending: string): Promise<Buffer | undefined> {
    return await this.#usable(async () => {
      try {
        return await readFile(this.#file(ending));
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw fault;
      }
    });
  }

  /** Whoever reads it meanwhile, or after a crash, sees the old content or the new one. */
  async #write(ending: string, content: Uint8Array | string, mode: number): Promise<void> {
    await this.#usable(async () => {
      const file = this.#file(ending);
      await makeDirectory(this.#path);
      await rm(`${file}.new`, { force: true });
      await writeFile(`${file}.new`, content, { mode, flag: 'wx' });
      await rename(`${file}.new`, file);
    });
  }

  async #usable<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw new PhoneError('phone-directory-unusable', `${this.#path}: ${code}`, { cause });
    }
  }
}

/** Keeps everything for as long as the process lives, of a phone without a directory. */
export function forgetfulKeeper(identity: PhoneIdentity): BootKeeper {
  const nothing = async (): Promise<void> => {};
  return {
    load: async () => ({ identity, lists: {}, storedMode: undefined }),
    keepIdentity: nothing,
    keepRequestedKey: nothing,
    keepList: nothing,
    keepMode: nothing,
    keepConfiguration: nothing,
  };
}
