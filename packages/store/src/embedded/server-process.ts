import type { ChildProcess } from 'node:child_process';
import { constants, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { DatabaseConnection } from '../database/connection.js';
import { StoreError } from '../errors.js';
import type { Launch } from './launch.js';
import { findPostmaster, isPostmasterOf } from './postmaster.js';
import { logSettings } from './server-log.js';
import { socketPort } from './socket-directory.js';

/** One attempt to start the server. */
export interface Attempt {
  readonly pid: number | undefined;
  /** Whether the process has ended, or could not be started at all. */
  readonly ended: () => boolean;
}

/**
 * Starts the server in a session of its own, so that neither Ctrl-C nor a kill of our process group reaches it.
 *
 * @param early file that takes what the server says before its own logging begins; written anew
 */
export async function startServer(
  launch: Launch,
  program: string,
  location: string,
  socketDirectory: string,
  early: string,
  durable: boolean,
): Promise<Attempt> {
  const settings = {
    ...logSettings,
    listen_addresses: '',
    port: String(socketPort),
    unix_socket_directories: `"${socketDirectory}"`,
    unix_socket_permissions: '0700',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const file = await open(early, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  let child: ChildProcess;
  let ended = false;
  try {
    child = launch.start(program, ['-D', location, ...args], { stdio: ['ignore', file.fd, file.fd], detached: true });
    child.once('exit', () => {
      ended = true;
    });
    child.once('error', () => {
      ended = true;
    });
    child.unref();
  } finally {
    await file.close();
  }
  return { pid: child.pid, ended: () => ended };
}

/** How a server meets somebody who knows the password. */
export type Greeting =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'not-yet' }
  | { readonly kind: 'refused'; readonly cause: unknown };

export async function greet(connection: DatabaseConnection): Promise<Greeting> {
  const client = new Client({ ...connection, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return { kind: 'ready', version: rows[0]?.server_version ?? '' };
  } catch (cause) {
    const refused = cause instanceof Error && 'code' in cause && /^28/.test(String(cause.code));
    return refused ? { kind: 'refused', cause } : { kind: 'not-yet' };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Ends the server of a directory: open transactions are rolled back, everything committed is on disk. A server that
 * takes too long is told to stop at once, which costs the next start a recovery.
 *
 * @throws StoreError `embedded-database-stop-timeout`
 */
export async function stopServer(location: string, timeoutMs: number): Promise<void> {
  const running = await findPostmaster(location);
  if (running === undefined) return;
  for (const [signal, patience] of [
    ['SIGINT', timeoutMs],
    ['SIGQUIT', 10_000],
  ] as const) {
    try {
      process.kill(running.pid, signal);
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
    }
    if (await isGone(location, running.pid, patience)) return;
  }
  throw new StoreError('embedded-database-stop-timeout', `process ${running.pid}`);
}

async function isGone(location: string, pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isPostmasterOf(location, pid)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
