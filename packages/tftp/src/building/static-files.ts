import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { BuiltFiles } from './built-files.js';

/** A file of the directory. */
export interface StaticFile {
  readonly bytes: Uint8Array;
  /** Changes when the file does. */
  readonly version: string;
}

/** Bytes of one file at most; firmware is the longest. */
export const longestStaticFile = 128 * 1024 * 1024;

/**
 * Files of one directory and those below it, read whole and kept for as long as they have not changed. Nothing outside is given, however
 * a link points there, and nothing but plain files.
 */
export class StaticFiles {
  readonly #directory: string;
  readonly #kept: BuiltFiles<StaticFile>;

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
      if (!stat.isFile() || stat.size > longestStaticFile) return undefined;
      const version = `${stat.ino}-${stat.size}-${stat.mtimeNs}`;
      const kept = await this.#kept.get(path, async () => ({ bytes: await handle.readFile(), version }));
      if (kept.version === version) return kept;
      this.#kept.drop(path);
      return await this.#kept.get(path, async () => ({ bytes: await handle.readFile(), version }));
    } finally {
      await handle.close();
    }
  }
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
