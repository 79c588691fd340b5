import { TftpError } from '../errors.js';
import { fileExtensions } from '../format/header-tags.js';
import type { FileSigner } from '../writers/file-signer.js';
import { writeSignedFile } from '../writers/signed-file.js';
import { BuiltFiles } from './built-files.js';
import { buildDeviceFile, type DeviceFacts } from './device-file.js';
import { type ConfigurationForm, readFileName } from './file-names.js';
import type { FileSite } from './file-site.js';
import { type FileSource, type Found, NotServed, type ServedFile } from './served-file.js';
import { StaticFiles } from './static-files.js';

/** A trust list as it stands in the store. */
export interface BuiltTrustList {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** Where files come from. */
export interface PhoneFilesOptions {
  readonly site: FileSite;
  /** Undefined: there is no such device. */
  readonly facts: (device: string) => Promise<DeviceFacts | undefined>;
  /** Undefined: there is no such list. */
  readonly trustList: (kind: 'itl' | 'ctl') => Promise<BuiltTrustList | undefined>;
  /** Directory of static files; undefined: none are served. */
  readonly directory: string | undefined;
  /** Bytes of built and static files kept in memory at most, each. */
  readonly keptBytes: number;
}

const forms: readonly ConfigurationForm[] = ['plain', 'signed', 'encrypted'];

/**
 * The files of all phones, by name: built on demand, and kept until it is said that what they were built from has changed.
 */
export class PhoneFiles implements FileSource {
  readonly #options: PhoneFilesOptions;
  readonly #built: BuiltFiles<ServedFile>;
  readonly #lists: BuiltFiles<BuiltTrustList>;
  readonly #static: StaticFiles | undefined;
  readonly #signers: BuiltFiles<FileSigner>;
  readonly #site: FileSite;

  constructor(options: PhoneFilesOptions) {
    const { directory, keptBytes } = options;
    this.#options = options;
    // To open its key takes longer than to sign with it.
    this.#site = { ...options.site, signer: async () => await this.#signers.get('', options.site.signer) };
    this.#built = new BuiltFiles(keptBytes, ({ bytes }) => bytes.length);
    this.#lists = new BuiltFiles(keptBytes, ({ bytes }) => bytes.length);
    this.#signers = new BuiltFiles(keptBytes, () => 0);
    this.#static = directory === undefined ? undefined : new StaticFiles(directory, keptBytes);
  }

  /** Bytes of built files in memory. */
  get keptBytes(): number {
    return this.#built.bytes;
  }

  async find(name: string): Promise<Found> {
    const requested = readFileName(name);
    if (requested === undefined) return { found: false, code: 'name-malformed' };
    try {
      switch (requested.kind) {
        case 'configuration':
          return { found: true, file: await this.#configuration(requested.device, requested.form) };
        case 'trust-list':
          return { found: true, file: await this.#trustList(name, requested.list, requested.device) };
        case 'static':
          return { found: true, file: await this.#staticFile(requested.path) };
      }
    } catch (fault) {
      if (fault instanceof NotServed || fault instanceof TftpError) return { found: false, code: fault.code };
      throw fault;
    }
  }

  /** What is said of a device has changed. */
  deviceChanged(device: string): void {
    for (const form of forms) this.#built.drop(keyOf(device, form));
  }

  /** A trust list or the signer has changed. */
  trustChanged(): void {
    this.#signers.clear();
    this.#built.clear();
    this.#lists.clear();
  }

  /** Nobody says any more what changes: nothing is kept. */
  pause(): void {
    this.#signers.pause();
    this.#built.pause();
    this.#lists.pause();
  }

  /** Changes are heard of again. */
  resume(): void {
    this.#signers.resume();
    this.#built.resume();
    this.#lists.resume();
  }

  async #configuration(device: string, form: ConfigurationForm): Promise<ServedFile> {
    return await this.#built.get(keyOf(device, form), async () => {
      const facts = await this.#options.facts(device);
      if (facts === undefined) throw new NotServed('device-unknown');
      return await buildDeviceFile(facts, form, this.#site);
    });
  }

  async #trustList(name: string, kind: 'itl' | 'ctl', device: string | undefined): Promise<ServedFile> {
    const { bytes, version } = await this.#lists.get(kind, async () => {
      const list = await this.#options.trustList(kind);
      if (list === undefined) throw new NotServed('trust-list-missing');
      return list;
    });
    return { name, bytes, ...(device === undefined ? {} : { fetched: { device, file: kind, version } }) };
  }

  async #staticFile(path: string): Promise<ServedFile> {
    const found = await this.#static?.read(path);
    if (found !== undefined) return { name: path, bytes: found.bytes };
    const { signed } = fileExtensions;
    const unsigned = path.endsWith(signed) ? await this.#static?.read(path.slice(0, -signed.length)) : undefined;
    if (unsigned === undefined) throw new NotServed('file-missing');
    return await this.#built.get(`static ${unsigned.version} ${path}`, async () => {
      const { signer, hash, layout, now } = this.#site;
      const signing = { signer: await signer(), hash, layout, at: now() };
      return { name: path, bytes: await writeSignedFile(path, unsigned.bytes, signing) };
    });
  }
}

/** No device's name holds a blank. */
function keyOf(device: string, form: ConfigurationForm): string {
  return `${form} ${device}`;
}
