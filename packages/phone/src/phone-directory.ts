import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportPkcs8Pem, type KeyPair, toPem } from '@opencapf/pki';
import { PhoneError } from './errors.js';
import { readHeldCertificate, readKey } from './held-certificate.js';
import type { HeldCertificate, PhoneIdentity } from './identity.js';
import { makeDirectory } from './make-directory.js';

/** A name that can be part of a file's name. */
const usableName = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Where a phone keeps its LSC between visits: `NAME.key.pem` (PKCS#8, mode 0600) and `NAME.cert.pem`; and while it waits
 * for a certificate, the key that it was asked to make: `NAME.requested.key.pem` (likewise).
 *
 * A crash at any instant leaves the old pair or the new one: the new key waits beside the old one until the new
 * certificate is in place, and `load` takes up whichever key fits. A requested key that has its certificate is none.
 */
export class PhoneDirectory {
  /** Path of the LSC, PEM. */
  readonly certificateFile: string;
  /** Path of its private key, PEM. */
  readonly keyFile: string;
  /** Path of the key that waits for a certificate, PEM. */
  readonly requestedKeyFile: string;
  readonly #path: string;

  /** @throws PhoneError `phone-name-unusable` */
  constructor(path: string, name: string) {
    if (!usableName.test(name)) throw new PhoneError('phone-name-unusable');
    this.#path = path;
    this.certificateFile = join(path, `${name}.cert.pem`);
    this.keyFile = join(path, `${name}.key.pem`);
    this.requestedKeyFile = join(path, `${name}.requested.key.pem`);
  }

  /**
   * What the phone holds; nothing when the files or the directory are not there.
   *
   * Rejects with PhoneError `phone-directory-unusable`, `phone-directory-inconsistent`.
   */
  async load(): Promise<PhoneIdentity> {
    const lsc = await this.#loadLsc();
    const requestedKey = await this.#loadRequestedKey();
    const isWaiting = requestedKey !== undefined && !isKeyOf(lsc, requestedKey);
    return { ...(lsc && { lsc }), ...(isWaiting && { requestedKey }) };
  }

  /** Writes down what the phone holds from now on; whole or not at all. Rejects with `phone-directory-unusable`. */
  async keep({ lsc, requestedKey }: PhoneIdentity): Promise<void> {
    await this.#usable(async () => {
      if (lsc === undefined) {
        await rm(this.certificateFile, { force: true });
        await rm(this.keyFile, { force: true });
      } else {
        await makeDirectory(this.#path);
        await writeThrough(waiting(this.keyFile), exportPkcs8Pem(lsc.key.privateKey), 0o600);
        await writeThrough(waiting(this.certificateFile), toPem('CERTIFICATE', lsc.certificate), 0o644);
        await rename(waiting(this.certificateFile), this.certificateFile);
        await rename(waiting(this.keyFile), this.keyFile);
      }
    });
    await this.keepRequestedKey(requestedKey);
  }

  /** Writes down the key that waits for a certificate, or that none does. Rejects with `phone-directory-unusable`. */
  async keepRequestedKey(key: KeyPair | undefined): Promise<void> {
    await this.#usable(async () => {
      if (key === undefined) {
        await rm(this.requestedKeyFile, { force: true });
        return;
      }
      await makeDirectory(this.#path);
      await writeThrough(waiting(this.requestedKeyFile), exportPkcs8Pem(key.privateKey), 0o600);
      await rename(waiting(this.requestedKeyFile), this.requestedKeyFile);
    });
  }

  async #loadLsc(): Promise<HeldCertificate | undefined> {
    const certificate = await this.#read(this.certificateFile);
    if (certificate === undefined) return undefined;
    for (const keyFile of [this.keyFile, waiting(this.keyFile)]) {
      const key = await this.#read(keyFile);
      const lsc = key === undefined ? undefined : readHeldCertificate(certificate, key);
      if (lsc === undefined) continue;
      if (keyFile !== this.keyFile) await this.#usable(() => rename(keyFile, this.keyFile));
      return lsc;
    }
    throw new PhoneError('phone-directory-inconsistent', this.certificateFile);
  }

  async #loadRequestedKey(): Promise<KeyPair | undefined> {
    const pem = await this.#read(this.requestedKeyFile);
    if (pem === undefined) return undefined;
    const key = readKey(pem);
    if (key === undefined) throw new PhoneError('phone-directory-inconsistent', this.requestedKeyFile);
    return key;
  }

  async #read(file: string): Promise<string | undefined> {
    return this.#usable(async () => {
      try {
        return await readFile(file, 'utf8');
      } catch (fault) {
        if (codeOf(fault) === 'ENOENT') return undefined;
        throw fault;
      }
    });
  }

  async #usable<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw new PhoneError('phone-directory-unusable', `${this.#path}: ${codeOf(cause)}`, { cause });
    }
  }
}

function isKeyOf(lsc: HeldCertificate | undefined, { spki }: KeyPair): boolean {
  return lsc !== undefined && Buffer.compare(lsc.key.spki, spki) === 0;
}

function waiting(file: string): string {
  return `${file}.new`;
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
}

async function writeThrough(file: string, content: string, mode: number): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
