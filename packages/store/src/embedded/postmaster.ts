import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A running server of one database directory, as its lock file `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  /** Absent while the server has not got so far. */
  readonly socketDirectory: string | undefined;
  /** The server's own word: it takes connections. */
  readonly ready: boolean;
  /** The path of the program it was started from. */
  readonly program: string | undefined;
}

const lockFile = 'postmaster.pid';

/**
 * The server that runs on a database directory.
 *
 * @param location real path of the database directory
 * @returns undefined when there is none, also where a lock file outlived its server
 */
export async function findPostmaster(location: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(join(location, lockFile), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1 || !(await isPostmasterOf(location, pid))) return undefined;
  const options = await readFile(join(location, 'postmaster.opts'), 'utf8').catch(() => '');
  return {
    pid,
    socketDirectory: lines[4] === '' ? undefined : lines[4],
    ready: lines[7]?.trim() === 'ready',
    program: /^(.*?) "/.exec(options)?.[1],
  };
}

/** The lock file's content, for telling whether it is still the same one. */
export async function readLockFile(location: string): Promise<string | undefined> {
  return await readFile(join(location, lockFile), 'utf8').catch(() => undefined);
}

/** Where the socket of the server was that last wrote the lock file. */
export async function readSocketDirectory(location: string): Promise<string | undefined> {
  return (await readLockFile(location))?.split('\n')[4] || undefined;
}

/**
 * Whether a process id belongs to a server of this directory rather than to an unrelated process that got the number
 * later: a server stands in its directory before it writes its lock file.
 */
export async function isPostmasterOf(location: string, pid: number): Promise<boolean> {
  if (process.platform !== 'linux') {
    const listed = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => ({ stdout: '' }));
    return listed.stdout.includes('postgres');
  }
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (state === undefined || /^\d+ \(.*\) [ZX]/s.test(state)) return false;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === location;
}
