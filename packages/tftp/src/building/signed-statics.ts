import { TftpError } from '../errors.js';
import { longestFile } from '../format/header-tags.js';
import type { FileSigner } from '../writers/file-signer.js';
import { writeSignedFile } from '../writers/signed-file.js';
import type { BuiltFiles } from './built-files.js';
import type { FileSite } from './file-site.js';
import type { FileReading, LongFile, ServedFile } from './served-file.js';
import type { StaticFile } from './static-files.js';
import { Turns } from './turns.js';

/** Making of long files at once: each is in memory whole, a few times, while its signature is made. */
const longAtOnce = 2;
const mostWaiting = 256;

/** A file that is kept, and what it was built from. */
export interface KeptFile {
  readonly file: ServedFile;
  /** Of its device; undefined: of none. */
  readonly state: string | undefined;
  /** Who signed it: SHA-256 over the certificate, lower-case hex; undefined: nobody. */
  readonly signer: string | undefined;
}

/** Who signs, with the SHA-256 over the certificate, lower-case hex. */
export interface KnownSigner {
  readonly signer: FileSigner;
  readonly sha256: string;
}

/** What static files are signed with. */
export interface StaticSigning extends Pick<FileSite, 'hash' | 'layout' | 'now'> {
  readonly signer: () => Promise<KnownSigner>;
  /** Who is to sign at a moment after it is asked: SHA-256 over the certificate; undefined: nobody yet. */
  readonly active: () => Promise<string | undefined>;
}

/** Static files, signed: their headers are kept, and what stands behind a header is read as that of the static file is. */
export class SignedStatics {
  readonly #signing: StaticSigning;
  readonly #built: BuiltFiles<KeptFile>;
  readonly #long = new Turns(longAtOnce, mostWaiting);

  /** @param built - where they are kept until the signer changes */
  constructor(signing: StaticSigning, built: BuiltFiles<KeptFile>) {
    this.#signing = signing;
    this.#built = built;
  }

  /**
   * Signs a static file.
   *
   * @param path - of the signed one
   * @throws TftpError `file-too-long`, `file-name-malformed`, whatever signing can meet
   */
  async sign(path: string, { bytes, version }: StaticFile): Promise<ServedFile> {
    const keep = async (make: (signer: FileSigner) => Promise<Uint8Array>): Promise<ServedFile> => {
      const sign = async (): Promise<KeptFile> => {
        const { signer, sha256 } = await this.#signing.signer();
        return { file: { name: path, bytes: await make(signer) }, state: undefined, signer: sha256 };
      };
      const isCurrent = async ({ signer }: KeptFile): Promise<boolean> => signer === (await this.#signing.active());
      return (await this.#built.get(`static ${version} ${path}`, sign, isCurrent)).file;
    };
    if (bytes instanceof Uint8Array) return await keep(async (signer) => await this.#signed(path, bytes, signer));
    if (bytes.length > longestFile) throw new TftpError('file-too-long');
    const header = await keep(
      async (signer) => await this.#long.take(async () => await this.#header(path, bytes, signer)),
    );
    return header.bytes instanceof Uint8Array ? { name: path, bytes: withHeader(header.bytes, bytes) } : header;
  }

  async #header(path: string, file: LongFile, signer: FileSigner): Promise<Uint8Array> {
    const reading = await file.open();
    try {
      const signed = await this.#signed(path, await reading.read(0, file.length), signer);
      // A copy, so that the whole is not held for it.
      return Buffer.from(signed.subarray(0, signed.length - file.length));
    } finally {
      reading.close();
    }
  }

  async #signed(path: string, content: Uint8Array, signer: FileSigner): Promise<Uint8Array> {
    const { hash, layout, now } = this.#signing;
    return await writeSignedFile(path, content, { signer, hash, layout, at: now() });
  }
}

function withHeader(header: Uint8Array, content: LongFile): LongFile {
  return {
    length: header.length + content.length,
    async open(): Promise<FileReading> {
      const { read, close } = await content.open();
      return {
        close,
        async read(start, end) {
          const before = header.subarray(start, end);
          const from = Math.max(0, start - header.length);
          const to = Math.max(0, end - header.length);
          return to > from ? Buffer.concat([before, await read(from, to)]) : before;
        },
      };
    },
  };
}
