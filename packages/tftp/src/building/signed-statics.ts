import { TftpError } from '../errors.js';
import { longestFile } from '../format/header-tags.js';
import { writeSignedFile } from '../writers/signed-file.js';
import type { BuiltFiles } from './built-files.js';
import type { FileSite } from './file-site.js';
import type { FileReading, LongFile, ServedFile } from './served-file.js';
import type { StaticFile } from './static-files.js';
import { Turns } from './turns.js';

/** Making of long files at once: each is in memory whole, a few times, while its signature is made. */
const longAtOnce = 2;
const mostWaiting = 256;

/** Static files, signed: their headers are kept, and what stands behind a header is read as that of the static file is. */
export class SignedStatics {
  readonly #site: Pick<FileSite, 'signer' | 'hash' | 'layout' | 'now'>;
  readonly #built: BuiltFiles<ServedFile>;
  readonly #long = new Turns(longAtOnce, mostWaiting);

  /** @param built - where they are kept until the signer changes */
  constructor(site: Pick<FileSite, 'signer' | 'hash' | 'layout' | 'now'>, built: BuiltFiles<ServedFile>) {
    this.#site = site;
    this.#built = built;
  }

  /**
   * Signs a static file.
   *
   * @param path - of the signed one
   * @throws TftpError `file-too-long`, `file-name-malformed`, whatever signing can meet
   */
  async sign(path: string, { bytes, version }: StaticFile): Promise<ServedFile> {
    const key = `static ${version} ${path}`;
    if (bytes instanceof Uint8Array) {
      return await this.#built.get(key, async () => ({ name: path, bytes: await this.#signed(path, bytes) }));
    }
    if (bytes.length > longestFile) throw new TftpError('file-too-long');
    const header = await this.#built.get(key, async () => {
      return { name: path, bytes: await this.#long.take(async () => await this.#header(path, bytes)) };
    });
    return header.bytes instanceof Uint8Array ? { name: path, bytes: withHeader(header.bytes, bytes) } : header;
  }

  async #header(path: string, file: LongFile): Promise<Uint8Array> {
    const reading = await file.open();
    try {
      const signed = await this.#signed(path, await reading.read(0, file.length));
      // A copy, so that the whole is not held for it.
      return Buffer.from(signed.subarray(0, signed.length - file.length));
    } finally {
      reading.close();
    }
  }

  async #signed(path: string, content: Uint8Array): Promise<Uint8Array> {
    const { signer, hash, layout, now } = this.#site;
    return await writeSignedFile(path, content, { signer: await signer(), hash, layout, at: now() });
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
