import { chown, lstat, mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account.js';

/** The port number in the socket's name; no port is opened. */
export const socketPort = 5432;
const socketName = `.s.PGSQL.${socketPort}`;

// sun_path holds 107 bytes and a NUL on Linux, 103 on macOS.
const pathLimit = process.platform === 'darwin' ? 103 : 107;

/** Where private directories for sockets are made: the system's temporary directory, unless its path is too long. */
export function socketParent(): string {
  const longest = join(tmpdir(), 'opencapf-XXXXXX', `${socketName}.lock`);
  return Buffer.byteLength(longest) > pathLimit ? '/tmp' : tmpdir();
}

/** Makes a new directory of unguessable name that only the server's user may enter. */
export async function makeSocketDirectory(account: Account | undefined): Promise<string> {
  const directory = await mkdtemp(join(socketParent(), 'opencapf-'));
  if (account !== undefined) await chown(directory, account.uid, account.gid);
  return directory;
}

/** Makes a known directory again when a cleaner of temporary files took it, or fails when it became somebody else's. */
export async function restoreSocketDirectory(directory: string, account: Account | undefined): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
    if (account !== undefined) await chown(directory, account.uid, account.gid);
  } catch (fault) {
    const found = await lstat(directory).catch(() => undefined);
    const owner = account?.uid ?? process.getuid?.();
    if (found === undefined || !found.isDirectory() || found.uid !== owner) throw fault;
  }
}

/** Removes a directory that {@link makeSocketDirectory} made, and nothing that it did not. */
export async function removeSocketDirectory(directory: string): Promise<void> {
  if (dirname(directory) !== socketParent() || !/^opencapf-\w{6}$/.test(basename(directory))) return;
  for (const name of await readdir(directory).catch(() => [])) {
    if (name.startsWith(socketName)) await rm(join(directory, name), { force: true });
  }
  await rmdir(directory).catch(() => undefined);
}
