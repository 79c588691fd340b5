import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory, and those above it that are missing. Node's own way of doing so turns for ever where a directory is there in
 * which none can be made and the system says ENOENT, as in /proc. A directory that is there already stays as it is.
 *
 * Rejects with what the system says.
 *
 * @param mode - of each directory that is made
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw fault;
    await makeDirectory(dirname(path), mode);
    await mkdir(path, { mode }).catch((again: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (again.code !== 'EEXIST') throw again;
    });
  }
}
