import { sha256Hex } from '@opencapf/pki';
import { fileExtensions } from '../format/header-tags.js';
import type { FileSigner } from '../writers/file-signer.js';
import { BuiltFiles } from './built-files.js';
import type { CacheLease } from './cache-lease.js';
import { type BuiltForm, buildDeviceFile, type DeviceFacts } from './device-file.js';
import { readFileName } from './file-names.js';
import type { FileSite } from './file-site.js';
import { type OnRecord, SharedQuestion } from './on-record.js';
import { refusalOf } from './refusal.js';
import { type FileSource, type Found, NotServed, type ServedFile } from './served-file.js';
import { type KeptFile, type KnownSigner, SignedStatics } from './signed-statics.js';
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
  /** What is on record now, with the states of these devices: asked before anything is given that was kept, unless there is a lease on it. */
  readonly onRecord: (devices: readonly string[]) => Promise<OnRecord>;
  /** Of whoever hears of changes, and says so here; none: the store is asked each time. */
  readonly lease?: CacheLease;
  /** Directory of static files; undefined: none are served. */
  readonly directory: string | undefined;
  /** Bytes of built and static files kept in memory at most, each. */
  readonly keptBytes: number;
}

/** What is made or looked for on the disc at once: they share the database and the processors with CAPF. */
const atOnce = 32;
/** Who waits for that at most; a boot of all phones is a few hundred. */
const mostWaiting = 4_096;

/** All of them: what is missing here would be given for ever. */
const everyForm: Readonly<Record<BuiltForm, true>> = {
  plain: true,
  signed: true,
  encrypted: true,
  unsigned: true,
  full: true,
};
const forms = Object.keys(everyForm) as readonly BuiltForm[];

/**
 * The files of all phones, by name: built on demand, and kept. What was kept is given while there is a lease on it; else, as what was
 * being built already, after the store has said that it is still what would be built. So nothing is given that was old for longer than a
 * lease holds, whatever notifications are late or lost, and a phone that was told later than that that its LSC is on record finds its
 * hash in the next file, from every node.
 */
export class PhoneFiles implements FileSource {
  readonly #options: PhoneFilesOptions;
  readonly #built: BuiltFiles<KeptFile>;
  readonly #lists: BuiltFiles<BuiltTrustList>;
  readonly #static: StaticFiles | undefined;
  readonly #signedStatics: SignedStatics;
  readonly #signers: BuiltFiles<KnownSigner>;
  readonly #question: SharedQuestion;
  /** Two, so that static files are given also while the database is away. */
  readonly #makings = new Turns(atOnce, mostWaiting);
  readonly #looks = new Turns(atOnce, mostWaiting);

  constructor(options: PhoneFilesOptions) {
    const { directory, keptBytes, lease, site } = options;
    this.#options = options;
    this.#question = new SharedQuestion(options.onRecord);
    this.#built = new BuiltFiles(keptBytes, ({ file }) => file.bytes.length, lease);
    this.#lists = new BuiltFiles(keptBytes, ({ bytes }) => bytes.length, lease);
    this.#signers = new BuiltFiles(keptBytes, () => 0);
    this.#static = directory === undefined ? undefined : new StaticFiles(directory, keptBytes);
    const active = async (): Promise<string | undefined> => (await this.#question.now()).signer;
    const signer = async (): Promise<KnownSigner> => await this.#signer(await active());
    this.#signedStatics = new SignedStatics({ ...site, signer, active }, this.#built);
  }

  async find(name: string): Promise<Found> {
    const requested = readFileName(name);
    switch (requested?.kind) {
      case undefined:
        return { found: false, code: 'name-malformed' };
      case 'configuration':
        return await this.findConfiguration(requested.device, requested.form);
      case 'trust-list':
        return await found(this.#trustList(name, requested.list, requested.device));
      case 'static':
        return await found(this.#staticFile(requested.path));
    }
  }

  /** A device's configuration; `full` is for who has shown the device's LSC, and for nobody else. */
  async findConfiguration(device: string, form: BuiltForm): Promise<Found> {
    return await found(this.#configuration(device, form));
  }

  /** A static file as it stands in the directory; `NAME.sgn` is `NAME` where there is one. */
  async findUnsigned(path: string): Promise<Found> {
    return await found(this.#unsignedFile(path));
  }

  /** What is said of a device has changed: its files are old. */
  deviceChanged(device: string): void {
    for (const form of forms) this.#built.drop(keyOf(device, form));
  }

  /** Who signs has changed. */
  signersChanged(): void {
    this.#signers.clear();
    this.#built.clear();
  }

  /** There are other trust lists. */
  listsChanged(): void {
    this.#lists.clear();
  }

  async #configuration(device: string, form: BuiltForm): Promise<ServedFile> {
    const build = async (): Promise<KeptFile> => {
      const facts = await this.#options.facts(device);
      if (facts === undefined) throw new NotServed('device-unknown');
      const signer = async (): Promise<FileSigner> => (await this.#signer(facts.signer ?? undefined)).signer;
      const file = await buildDeviceFile(facts, form, { ...this.#options.site, signer });
      return { file, state: facts.state, signer: file.fetched?.signer };
    };
    const make = async (): Promise<KeptFile> => await this.#makings.take(build);
    const { file } = await this.#built.get(keyOf(device, form), make, async ({ state, signer }) => {
      const now = await this.#question.now(device);
      return now.devices.get(device) === state && (signer === undefined || signer === now.signer);
    });
    return file;
  }

  async #trustList(name: string, kind: 'itl' | 'ctl', device: string | undefined): Promise<ServedFile> {
    const read = async (): Promise<BuiltTrustList> => {
      const list = await this.#options.trustList(kind);
      if (list === undefined) throw new NotServed('trust-list-missing');
      return list;
    };
    const make = async (): Promise<BuiltTrustList> => await this.#makings.take(read);
    const { bytes, version } = await this.#lists.get(kind, make, async (kept) => {
      return (await this.#question.now()).lists[kind] === kept.version;
    });
    return { name, bytes, ...(device === undefined ? {} : { fetched: { device, file: kind, version } }) };
  }

  /** Who signs. To open a key takes longer than to sign with it. @param active - whose it is to be: SHA-256 over the certificate */
  async #signer(active: string | undefined): Promise<KnownSigner> {
    const open = async (): Promise<KnownSigner> => {
      const signer = await this.#options.site.signer();
      return { signer, sha256: sha256Hex(signer.certificate.der) };
    };
    return await this.#signers.get('', open, ({ sha256 }) => sha256 === active);
  }

  async #staticFile(path: string): Promise<ServedFile> {
    const whole = await this.#look(path);
    if (whole !== undefined) return { name: path, bytes: whole.bytes };
    const { signed } = fileExtensions;
    const unsigned = path.endsWith(signed) ? await this.#look(path.slice(0, -signed.length)) : undefined;
    if (unsigned === undefined) throw new NotServed('file-missing');
    return await this.#signedStatics.sign(path, unsigned);
  }

  async #unsignedFile(path: string): Promise<ServedFile> {
    const unsigned = path.endsWith(fileExtensions.signed) ? path.slice(0, -fileExtensions.signed.length) : path;
    const file = (await this.#look(unsigned)) ?? (unsigned === path ? undefined : await this.#look(path));
    if (file === undefined) throw new NotServed('file-missing');
    return { name: path, bytes: file.bytes };
  }

  async #look(path: string): Promise<StaticFile | undefined> {
    return await this.#looks.take(async () => await this.#static?.read(path));
  }
}

/** What came of making a file. */
async function found(making: Promise<ServedFile>): Promise<Found> {
  try {
    return { found: true, file: await making };
  } catch (fault) {
    const refusal = refusalOf(fault);
    if (refusal !== undefined) return refusal;
    throw fault;
  }
}

/** No device's name holds a blank. */
function keyOf(device: string, form: BuiltForm): string {
  return `${form} ${device}`;
}
