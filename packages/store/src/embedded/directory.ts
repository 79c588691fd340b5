import { randomBytes } from 'node:crypto';
import {
  chown,
  constants,
  type FileHandle,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../errors.js';
import { type Account, requireOwnAccount } from './account.js';
import { type Launch, run } from './launch.js';
import { makeDirectory } from './make-directory.js';
import type { Programs } from './programs.js';

/** Role and database that the service uses; the role is no superuser, as on a server of somebody else's. */
export const serviceRole = 'opencapf';
export const serviceDatabase = 'opencapf';
/** The server's superuser, for what the service itself has no need of. */
export const superuser = 'postgres';

const passwordFile = 'opencapf.password';

// What an administrator may change in postgresql.conf or by ALTER SYSTEM.
const initialSettings = {
  max_connections: '100',
  shared_buffers: '64MB',
  huge_pages: 'off',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  wal_compression: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  jit: 'off',
  // POSIX segments of an ordinary user vanish when that user logs out (systemd's RemoveIPC); files do not.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
  log_timezone: 'UTC',
  autovacuum: 'on',
  client_connection_check_interval: '10s',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
};

/**
 * Makes the data directory if it is missing and finds the place of the database in it.
 *
 * @returns the database directory's path, free of symbolic links; it need not exist
 * @throws StoreError `data-directory-not-a-directory`, `data-directory-not-writable`
 */
export async function findLocation(dataDir: string): Promise<string> {
  // As root, the server runs as another user, who must get through this directory.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  try {
    await makeDirectory(dataDir, mode);
    if (!(await stat(dataDir)).isDirectory()) throw new StoreError('data-directory-not-a-directory', dataDir);
    const probe = join(dataDir, `.write-test-${process.pid}-${randomBytes(4).toString('hex')}`);
    await (await open(probe, 'wx', 0o600)).close();
    await rm(probe);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const kind =
      code === 'EEXIST' || code === 'ENOTDIR' ? 'data-directory-not-a-directory' : 'data-directory-not-writable';
    throw new StoreError(kind, dataDir, { cause });
  }
  const location = join(await realpath(dataDir), 'postgres');
  return await realpath(location).catch(() => location);
}

/**
 * Whether a database is there.
 *
 * @param version `major.minor` of the programs
 * @throws StoreError `database-directory-foreign`, `database-directory-version`, `data-directory-not-writable`
 */
export async function isInitialised(location: string, version: string): Promise<boolean> {
  const names = await readdir(location).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause.code === 'ENOTDIR'
      ? new StoreError('database-directory-foreign', location, { cause })
      : new StoreError('data-directory-not-writable', location, { cause });
  });
  if (names.length === 0) return false;
  const made = await readFile(join(location, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (made === undefined) throw new StoreError('database-directory-foreign', location);
  const [major] = version.split('.');
  if (made !== major) throw new StoreError('database-directory-version', `${location}: ${made}, here ${version}`);
  return true;
}

/** Gives a database that root restored from a backup to the server's user, who must own it. */
export async function takeOver(location: string, account: Account | undefined): Promise<void> {
  if (account === undefined || (await stat(location)).uid === account.uid) return;
  for (const entry of await readdir(location, { recursive: true })) {
    await lchown(join(location, entry), account.uid, account.gid);
  }
  await lchown(location, account.uid, account.gid);
}

// Initialisations under way in this process, apart from what a dead process of the same number left.
const workshops = new Set<string>();

/**
 * Makes a complete database beside its place and moves it there in one step, so that a crash at any moment leaves
 * either all of it or nothing. Where another process was faster, that one's database stays.
 *
 * @throws StoreError `embedded-database-initialise-failed`, `embedded-database-no-user`
 */
export async function initialise(
  location: string,
  programs: Programs,
  launch: Launch,
  options: { readonly durable: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (launch.account === undefined) requireOwnAccount();
  const workshop = `${location}.init-${process.pid}-${randomBytes(6).toString('hex')}`;
  const made = join(workshop, 'data');
  workshops.add(workshop);
  try {
    await mkdir(workshop, { mode: 0o700 });
    const password = randomBytes(24).toString('base64url');
    await writeDurably(join(workshop, 'password'), password, launch.account);
    if (launch.account !== undefined) await chown(workshop, launch.account.uid, launch.account.gid);
    const settings = Object.entries(initialSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await succeed(
      run(
        launch,
        programs.initdb,
        [
          ...['--pgdata', made, '--username', superuser, '--pwfile', join(workshop, 'password')],
          ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-instructions'],
          ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
          ...(options.durable ? [] : ['--no-sync']),
          ...settings,
        ],
        { signal: options.signal },
      ),
    );
    await succeed(
      run(launch, programs.postgres, ['--single', '-D', made, '-c', 'exit_on_error=true', superuser], {
        input: `create role ${serviceRole} login createrole password '${password}'\ncreate database ${serviceDatabase} owner ${serviceRole}\n`,
        signal: options.signal,
      }),
    );
    await rename(join(workshop, 'password'), join(made, passwordFile));
    await rename(made, location).catch((fault: NodeJS.ErrnoException) => {
      if (fault.code !== 'ENOTEMPTY' && fault.code !== 'EEXIST') throw fault;
    });
    await syncDirectory(dirname(location));
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof StoreError) throw cause;
    throw new StoreError('embedded-database-initialise-failed', location, { cause });
  } finally {
    await rm(workshop, { recursive: true, force: true, maxRetries: 5 });
    workshops.delete(workshop);
  }
}

async function succeed(outcome: ReturnType<typeof run>): Promise<void> {
  const { code, output } = await outcome;
  if (code === 0) return;
  throw new StoreError('embedded-database-initialise-failed', output.trim().split('\n').slice(-5).join(' | '));
}

/** Removes what an initialisation left that was killed in its middle. */
export async function removeHalfMade(location: string): Promise<void> {
  const prefix = `${basename(location)}.init-`;
  for (const name of await readdir(dirname(location))) {
    if (!name.startsWith(prefix)) continue;
    const workshop = join(dirname(location), name);
    const maker = Number(name.slice(prefix.length).split('-')[0]);
    if (maker === process.pid ? workshops.has(workshop) : isAlive(maker)) continue;
    await rm(workshop, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The password that the server knows.
 *
 * @throws StoreError `embedded-database-password-refused` when its file is missing
 */
export async function readPassword(location: string): Promise<string> {
  try {
    const file = await open(join(location, passwordFile), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return (await file.readFile('utf8')).trim();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new StoreError('embedded-database-password-refused', location, { cause });
  }
}

async function writeDurably(path: string, text: string, owner: Account | undefined): Promise<void> {
  const file: FileHandle = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
