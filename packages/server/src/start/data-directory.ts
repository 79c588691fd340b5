import { createHash } from 'node:crypto';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory, StoreError } from '@opencapf/store';
import { ServerError } from '../errors.js';

/** A data directory that this process alone works in. */
export interface DataDirectory {
  /** Absolute path without symbolic links. */
  readonly path: string;
  release(): void;
}

/**
 * Makes the data directory if need be and takes it for this process.
 *
 * @throws StoreError `data-directory-not-a-directory`, `data-directory-not-writable`
 * @throws ServerError `data-directory-in-use`
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  await prepareDirectory(path);
  const real = realpathSync(path);
  return { path: real, release: await lock(real, path) };
}

async function prepareDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path, 0o700);
    if (!statSync(path).isDirectory()) throw new StoreError('data-directory-not-a-directory', path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const taken = code === 'EEXIST' || code === 'ENOTDIR';
    throw new StoreError(taken ? 'data-directory-not-a-directory' : 'data-directory-not-writable', `${path}, ${code}`, {
      cause,
    });
  }
}

/**
 * The lock is a listening local socket, which the kernel gives to one process and takes back when that process dies. On Linux
 * it is in the abstract namespace, so that no file stays behind. Its name is made from the directory's device and inode: two
 * paths to one directory are one lock.
 */
function lock(real: string, asNamed: string): Promise<() => void> {
  const { dev, ino } = statSync(real);
  const id = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  const address = process.platform === 'linux' ? `\0opencapf-data-${id}` : join(tmpdir(), `opencapf-data-${id}.sock`);
  return new Promise((resolve, reject) => {
    const holder = createServer((socket) => socket.destroy());
    holder.once('error', (cause) => {
      const message = `OPENCAPF_DATA_DIR: another OpenCAPF service is live in ${asNamed}; stop it, or set another OPENCAPF_DATA_DIR (and ports)`;
      reject(new ServerError('data-directory-in-use', message, { cause }));
    });
    holder.listen({ path: address, exclusive: true }, () => {
      holder.unref();
      resolve(() => holder.close());
    });
  });
}
