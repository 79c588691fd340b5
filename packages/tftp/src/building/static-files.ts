import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { BuiltFiles } from './built-files.js';
import type { LongFile } from './served-file.js';
import { SharedReadings } from './shared-readings.js';

/** A file of the directory. */
export interface StaticFile {
  readonly bytes: Uint8Array | LongFile;
  /** Changes when the file does. */
  readonly version: string;
}

/** Bytes of one file at most; firmware is the longest. */
const longestStaticFile = 128 * 1024 * 1024;
/**
 * Bytes of a file that is read whole at most. Whoever fetches slowly holds what is sent to him, also when it is kept for nobody else
 * any more: with 4,000 connections that is 256 MiB.
 */
const longestHeld = 64 * 1024;

/**
 * Files of one directory and those below it. Short ones are read whole and kept for as long as they have not changed, long ones are read
 * while they are sent. Nothing outside is given, however a link points there, and nothing but plain files.
 */
export class StaticFiles {
  readonly #directory: string;
  readonly #kept: BuiltFiles<{ readonly bytes: Uint8Array; readonly version: string }>;
  readonly #readings = new SharedReadings();

  /** @param keptBytes - bytes kept in memory at most */
  constructor(directory: string, keptBytes: number) {
    this.#directory = directory;
    this.#kept = new BuiltFiles(keptBytes, ({ bytes }) => bytes.length);
  }

  /**
   * @param path - of `readFileName`: relative, and leading nowhere else by itself
   * @returns undefined where there is no such file, or it is outside, no plain one, or too long
   */
  async read(path: string): Promise<StaticFile | undefined> {
    const opened = await this.#open(path);
    if (opened === undefined) return undefined;
    const { handle, version, length } = opened;
    try {
      if (length > longestHeld) return { bytes: this.#longFile(path, version, length), version };
      const read = async () => ({ bytes: await handle.readFile(), version });
      return await this.#kept.get(path, read, (kept) => kept.version === version);
    } finally {
      await handle.close();
    }
  }

  #longFile(path: string, version: string, length: number): LongFile {
    const open = async (): Promise<FileHandle> => {
      const opened = await this.#open(path);
      if (opened?.version === version) return opened.handle;
      await opened?.handle.close();
      throw new Error('the file was replaced after it was found');
    };
    return { length, open: async () => await this.#readings.open(`${version} ${path}`, open) };
  }

  /** Opens a file that may be given. Whoever calls closes it. */
  async #open(path: string): Promise<OpenedFile | undefined> {
    const root = await real(this.#directory);
    const file = root === undefined ? undefined : await real(join(root, path));
    if (root === undefined || file === undefined || !file.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) {
      return undefined;
    }
    // A pipe or a device must not hold the process up.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(ifMissing);
    if (handle === undefined) return undefined;
    try {
      const stat = await handle.stat({ bigint: true });
      if (stat.isFile() && stat.size <= longestStaticFile) {
        return { handle, version: `${stat.ino}-${stat.size}-${stat.mtimeNs}`, length: Number(stat.size) };
      }
    } catch (fault) {
      await handle.close();
      throw fault;
    }
    await handle.close();
    return undefined;
  }
}

interface OpenedFile {
  readonly handle: FileHandle;
  readonly version: string;
  readonly length: number;
}

async function real(path: string): Promise<string | undefined> {
  return await realpath(path).catch(ifMissing);
}

/** What is not there, may not be read, or is too long a name, is not there. */
function ifMissing(fault: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'].includes(fault.code ?? '')) {
    return undefined;
  }
  throw fault;
}
