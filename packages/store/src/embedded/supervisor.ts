import { readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseConnection } from '../database/connection.js';
import { StoreError } from '../errors.js';
import { chooseAccount } from './account.js';
import {
  findLocation,
  initialise,
  isInitialised,
  readPassword,
  removeHalfMade,
  serviceDatabase,
  serviceRole,
  superuser,
  takeOver,
} from './directory.js';
import { chooseLaunch, type Launch } from './launch.js';
import { findPostmaster, isPostmasterOf, type Postmaster, readLockFile, readSocketDirectory } from './postmaster.js';
import { findPrograms, linkLibraries, type Programs } from './programs.js';
import { pruneLog, readLogTail } from './server-log.js';
import { type Attempt, greet, startServer, stopServer } from './server-process.js';
import {
  makeSocketDirectory,
  removeSocketDirectory,
  restoreSocketDirectory,
  socketParent,
  socketPort,
} from './socket-directory.js';

export interface EmbeddedDatabaseOptions {
  /** The service's data directory; the database lies in `postgres` below it. Made if missing. */
  readonly dataDir: string;
  /** Takes lines of progress for people. */
  readonly log?: (line: string) => void;
  /** Gives up the start, and stops a server that was started by it. */
  readonly signal?: AbortSignal;
  /** How long a start may take, waiting for leftovers of a killed server included. Default 120 s. */
  readonly startTimeoutMs?: number;
  /** How long an orderly stop may take. Default 30 s. */
  readonly stopTimeoutMs?: number;
  /** `false` gives up safety against power failure for speed: for tests alone. */
  readonly durable?: boolean;
}

/** A running embedded server; it is started again when it dies, at the same address. */
export interface EmbeddedDatabase extends AsyncDisposable {
  /** For the service: owns its database, may create roles, is no superuser. */
  readonly connection: DatabaseConnection;
  /** The same server's superuser. */
  readonly administration: DatabaseConnection;
  /** Whether the server was running already. */
  readonly adopted: boolean;
  /** Stops the server in good order; may be called again. StoreError `embedded-database-stop-timeout`. */
  stop(): Promise<void>;
}

interface Server {
  readonly location: string;
  readonly programs: Programs;
  readonly launch: Launch;
  readonly password: string;
  readonly early: string;
  readonly durable: boolean;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly log: (line: string) => void;
}

interface Running {
  readonly pid: number;
  readonly socketDirectory: string;
  readonly adopted: boolean;
}

const pollMs = 20;
const watchMs = 1_000;
const pruneEveryMs = 60_000;
const retryMs = 500;
const progressMs = 5_000;
const unreachableMs = 5_000;

/**
 * Runs PostgreSQL on a directory: initialises it if it is empty, adopts the server that an earlier process left
 * running, or starts one; it listens on a Unix socket in a private directory and on nothing else.
 *
 * @throws StoreError every code that begins with `data-directory-`, `database-directory-` or `embedded-database-`
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { signal } = options;
  const server = await prepare(options);
  const running = await bringUp(server, undefined, signal);
  const watching = new AbortController();
  const watch = keepUp(server, running, watching.signal);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      watching.abort();
      await watch;
      await stopServer(server.location, server.stopTimeoutMs);
      await removeSocketDirectory(running.socketDirectory);
    })();
    return stopped;
  };
  const connection = connectionTo(server, running.socketDirectory);
  return {
    connection,
    administration: { ...connection, user: superuser, database: superuser },
    adopted: running.adopted,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function prepare(options: EmbeddedDatabaseOptions): Promise<Server> {
  const { log = () => undefined, durable = true, startTimeoutMs = 120_000, stopTimeoutMs = 30_000, signal } = options;
  const programs = await findPrograms();
  const location = await findLocation(resolve(options.dataDir));
  const parent = dirname(location);
  const account = await chooseAccount([location, parent]);
  const libraries = await linkLibraries(
    programs,
    join(parent, 'postgres-libraries'),
    await readdir(programs.libraries),
  );
  const launch = await chooseLaunch(account, libraries, [parent, socketParent()], programs.postgres);
  await removeHalfMade(location);
  if (!(await isInitialised(location, programs.version))) {
    log('Making the embedded PostgreSQL database.');
    await initialise(location, programs, launch, { durable, signal });
  }
  await takeOver(location, account);
  const password = await readPassword(location);
  await pruneLog(location);
  const early = join(parent, 'postgres-start.log');
  return { location, programs, launch, password, early, durable, startTimeoutMs, stopTimeoutMs, log };
}

function connectionTo(server: Server, host: string): DatabaseConnection {
  return { host, port: socketPort, user: serviceRole, password: server.password, database: serviceDatabase };
}

/** Adopts or starts the server. `address` is kept when it is given, so that those who know it find the new server. */
async function bringUp(server: Server, address: string | undefined, signal: AbortSignal | undefined): Promise<Running> {
  const { location, log } = server;
  const begun = performance.now();
  let noted = begun;
  let silentSince: number | undefined;
  let reason = 'it is starting';
  let attempt: Attempt | undefined;
  let socketDirectory = address;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const found = await findPostmaster(location);
      if (found?.socketDirectory !== undefined) {
        const greeting = await greet(connectionTo(server, found.socketDirectory));
        if (greeting.kind === 'refused') {
          throw new StoreError('embedded-database-password-refused', location, { cause: greeting.cause });
        }
        if (greeting.kind === 'ready') {
          const own = found.pid === attempt?.pid;
          if (own || fits(server, found, greeting.version, address)) {
            if (!own && socketDirectory !== undefined && socketDirectory !== address) {
              await removeSocketDirectory(socketDirectory);
            }
            return { pid: found.pid, socketDirectory: found.socketDirectory, adopted: !own };
          }
          log('The embedded PostgreSQL was started from other programs: starting it again.');
          await replace(server, found);
        } else if (found.ready) {
          silentSince ??= performance.now();
          if (performance.now() - silentSince > unreachableMs) {
            log('The embedded PostgreSQL runs but cannot be reached: starting it again.');
            await replace(server, found);
            silentSince = undefined;
          }
        }
      }
      if (found === undefined && (attempt === undefined || attempt.ended())) {
        if (attempt !== undefined) reason = await examine(server);
        const leftover = await readSocketDirectory(location);
        // Another process may have started a server meanwhile, whose directory this then is.
        if ((await findPostmaster(location)) !== undefined) continue;
        if (leftover !== undefined && leftover !== address) await removeSocketDirectory(leftover);
        socketDirectory ??= await makeSocketDirectory(server.launch.account);
        await restoreSocketDirectory(socketDirectory, server.launch.account);
        const { launch, programs, early, durable } = server;
        attempt = await startServer(launch, programs.postgres, location, socketDirectory, early, durable);
      }
      if (performance.now() - begun > server.startTimeoutMs) {
        throw new StoreError('embedded-database-start-timeout', await readLogTail(location, server.early));
      }
      if (performance.now() - noted > progressMs) {
        noted = performance.now();
        log(`Waiting for the embedded PostgreSQL: ${reason}`);
      }
      await delay(pollMs);
    }
  } catch (fault) {
    if (attempt !== undefined && !attempt.ended()) await stopServer(location, server.stopTimeoutMs);
    if (socketDirectory !== undefined && socketDirectory !== address) await removeSocketDirectory(socketDirectory);
    throw fault;
  }
}

function fits(server: Server, found: Postmaster, version: string, address: string | undefined): boolean {
  return (
    found.program === server.programs.postgres &&
    version.startsWith(server.programs.version) &&
    (address === undefined || address === found.socketDirectory)
  );
}

async function replace(server: Server, found: Postmaster): Promise<void> {
  await stopServer(server.location, server.stopTimeoutMs);
  if (found.socketDirectory !== undefined) await removeSocketDirectory(found.socketDirectory);
}

/**
 * Decides about a server that ended while it started: what a killed one left goes away in time, the rest does not.
 *
 * @returns what it said
 */
async function examine(server: Server): Promise<string> {
  const tail = await readLogTail(server.location, server.early);
  const locked = /lock file "[^"]*" already exists/.test(tail);
  if (!locked && !/shared memory block .* still in use/.test(tail)) {
    throw new StoreError('embedded-database-start-failed', tail);
  }
  const lock = await readLockFile(server.location);
  await delay(retryMs);
  // The number in the lock file has become an unrelated process's, which the server itself cannot tell.
  if (
    locked &&
    lock === (await readLockFile(server.location)) &&
    (await findPostmaster(server.location)) === undefined
  ) {
    await rm(join(server.location, 'postmaster.pid'), { force: true });
  }
  return tail;
}

/** Starts the server again whenever it dies, and keeps its log bounded, until told to end. Never rejects. */
async function keepUp(server: Server, first: Running, signal: AbortSignal): Promise<void> {
  const { location, log } = server;
  let pid = first.pid;
  let pruned = performance.now();
  while (!signal.aborted) {
    await delay(watchMs, undefined, { ref: false, signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      if (performance.now() - pruned > pruneEveryMs) {
        pruned = performance.now();
        await pruneLog(location);
      }
      if (await isPostmasterOf(location, pid)) continue;
      log('The embedded PostgreSQL ended unexpectedly: starting it again.');
      ({ pid } = await bringUp(server, first.socketDirectory, signal));
      log('The embedded PostgreSQL runs again.');
    } catch (fault) {
      if (!signal.aborted) log(fault instanceof Error ? fault.message : String(fault));
    }
  }
}
