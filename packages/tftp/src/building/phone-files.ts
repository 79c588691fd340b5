import { fileExtensions } from '../format/header-tags.js';
import type { FileSigner } from '../writers/file-signer.js';
import { BuiltFiles } from './built-files.js';
import { buildDeviceFile, type DeviceFacts } from './device-file.js';
import { type ConfigurationForm, readFileName } from './file-names.js';
import type { FileSite } from './file-site.js';
import { refusalOf } from './refusal.js';
import { type FileSource, type Found, NotServed, type ServedFile } from './served-file.js';
import { SignedStatics } from './signed-statics.js';
import { type StaticFile, StaticFiles } from './static-files.js';
import { Turns } from './turns.js';

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

/** What is made or looked for on the disc at once: they share the database and the processors with CAPF. */
const atOnce = 32;
/** Who waits for that at most; a boot of all phones is a few hundred. */
const mostWaiting = 4_096;

const forms: readonly ConfigurationForm[] = ['plain', 'signed', 'encrypted'];

/**
 * The files of all phones, by name: built on demand, and kept until it is said that what they were built from has changed.
 */
export class PhoneFiles implements FileSource {
  readonly #options: PhoneFilesOptions;
  readonly #built: BuiltFiles<ServedFile>;
  readonly #lists: BuiltFiles<BuiltTrustList>;
  readonly #static: StaticFiles | undefined;
  readonly #signedStatics: SignedStatics;
  readonly #signers: BuiltFiles<FileSigner>;
  readonly #site: FileSite;
  /** Two, so that static files are given also while the database is away. */
  readonly #makings = new Turns(atOnce, mostWaiting);
  readonly #looks = new Turns(atOnce, mostWaiting);

  constructor(options: PhoneFilesOptions) {
    const { directory, keptBytes } = options;
    this.#options = options;
    // To open its key takes longer than to sign with it.
    this.#site = { ...options.site, signer: async () => await this.#signers.get('', options.site.signer) };
    this.#built = new BuiltFiles(keptBytes, ({ bytes }) => bytes.length);
    this.#lists = new BuiltFiles(keptBytes, ({ bytes }) => bytes.length);
    this.#signers = new BuiltFiles(keptBytes, () => 0);
    this.#static = directory === undefined ? undefined : new StaticFiles(directory, keptBytes);
    this.#signedStatics = new SignedStatics(this.#site, this.#built);
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
      const refusal = refusalOf(fault);
      if (refusal !== undefined) return refusal;
      throw fault;
    }
  }

  /** What is said of a device has changed. */
  deviceChanged(device: string): void {
    for (const form of forms) this.#built.drop(keyOf(device, form));
  }

  /** A trust list, or what it is to hold, has changed. */
  listsChanged(): void {
    this.#lists.clear();
  }

  /** Who signs has changed. */
  signersChanged(): void {
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
    const build = async (): Promise<ServedFile> => {
      const facts = await this.#options.facts(device);
      if (facts === undefined) throw new NotServed('device-unknown');
      return await buildDeviceFile(facts, form, this.#site);
    };
    return await this.#built.get(keyOf(device, form), async () => await this.#makings.take(build));
  }

  async #trustList(name: string, kind: 'itl' | 'ctl', device: string | undefined): Promise<ServedFile> {
    const read = async (): Promise<BuiltTrustList> => {
      const list = await this.#options.trustList(kind);
      if (list === undefined) throw new NotServed('trust-list-missing');
      return list;
    };
    const { bytes, version } = await this.#lists.get(kind, async () => await this.#makings.take(read));
    return { name, bytes, ...(device === undefined ? {} : { fetched: { device, file: kind, version } }) };
  }

  async #staticFile(path: string): Promise<ServedFile> {
    const found = await this.#look(path);
    if (found !== undefined) return { name: path, bytes: found.bytes };
    const { signed } = fileExtensions;
    const unsigned = path.endsWith(signed) ? await this.#look(path.slice(0, -signed.length)) : undefined;
    if (unsigned === undefined) throw new NotServed('file-missing');
    return await this.#signedStatics.sign(path, unsigned);
  }

  async #look(path: string): Promise<StaticFile | undefined> {
    return await this.#looks.take(async () => await this.#static?.read(path));
  }
}

/** No device's name holds a blank. */
function keyOf(device: string, form: ConfigurationForm): string {
  return `${form} ${device}`;
}
