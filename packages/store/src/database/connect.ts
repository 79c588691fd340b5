import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, type Transaction } from 'kysely';
import { Client, Pool } from 'pg';
import { StoreError } from '../errors.js';
import type { DatabaseConnection } from './connection.js';
import { dialectOn, typeParsers } from './dialect.js';
import { connectionFault, passing } from './faults.js';
import { Lanes } from './lanes.js';
import { apartOn, type PreparedResult, runPrepared } from './prepared.js';
import type { Tables } from './tables.js';
import { findTarget, type Target } from './target.js';

/** Queries, inside a transaction or outside one; names of tables mean those of schema `opencapf_private`. */
export type Queries = Kysely<Tables>;

export interface ConnectOptions {
  /** How long to try while a server may still be starting. Default 20 s. */
  readonly deadlineMs?: number;
  /** Connections held at most, for statements of sessions and for everything else, each. Default 10. */
  readonly maxConnections?: number;
  /** How long one statement may run; of prepared ones, 15 s at most. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /** Takes lines of progress and of connections lost, for people. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Connections to one database. */
export interface Database extends AsyncDisposable {
  readonly queries: Queries;
  /** Runs `work` in a transaction, which commits when it resolves and rolls back when it rejects. */
  transaction<T>(work: (queries: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Runs one statement of its own transaction, prepared under its name: for what every session of a phone does. */
  prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<PreparedResult<Row>>;
  /** The same on a connection that no session's statement waits for: for what is done all the time and takes longer. */
  preparedApart<Row>(name: string, text: string, values: readonly unknown[]): Promise<PreparedResult<Row>>;
  /** Where it is, without credentials. */
  readonly where: string;
  /** For connections of another kind than the pool's: migrations, LISTEN. */
  readonly target: Target;
  /** Closes every connection; may be called again. */
  close(): Promise<void>;
}

/** Where a change runs its transaction: a database, or what does more in the same one. */
export type Transactions = Pick<Database, 'transaction'>;

const oldestVersion = 150_000;
const attemptMs = 5_000;
const retryMs = 250;
/** Clients give up after 8 to 10 s of silence (capf-wire-protocol.md, section 5): there is no use in a statement that lasts longer. */
const laneTimeoutMs = 15_000;
const defaults = { deadlineMs: 20_000, maxConnections: 10, statementTimeoutMs: 30_000 };

/**
 * Connects to a PostgreSQL server of version 15 or newer, waiting for one that is not there yet.
 *
 * @param given a URL as in `DATABASE_URL`, or the connection of the embedded server
 * @throws StoreError every code that begins with `database-` and speaks of `DATABASE_URL`, at the latest after
 * `deadlineMs`
 */
export async function connectDatabase(
  given: DatabaseConnection | string,
  options: ConnectOptions = {},
): Promise<Database> {
  const { deadlineMs = defaults.deadlineMs, log = () => undefined, signal } = options;
  const target = findTarget(given);
  await reach(target, deadlineMs, log, signal);
  return openDatabase(target, options);
}

/** The same without looking whether a server is there: the first statement connects. */
export function openDatabase(
  target: Target,
  options: Pick<ConnectOptions, 'maxConnections' | 'statementTimeoutMs' | 'log'> = {},
): Database {
  const { maxConnections, statementTimeoutMs } = { ...defaults, ...options };
  const { log = () => undefined } = options;
  const config = {
    ...target.config,
    types: typeParsers,
    application_name: 'opencapf',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...patience(statementTimeoutMs, 5_000),
  };
  const lost = (fault: Error): void => log(`A connection to PostgreSQL was lost: ${fault.message}`);
  const lanes = new Lanes(
    { ...config, ...patience(Math.min(statementTimeoutMs, laneTimeoutMs), 2_000) },
    maxConnections,
    lost,
  );
  const pool = new Pool({
    ...config,
    max: maxConnections,
    idleTimeoutMillis: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  pool.on('error', lost);
  // While a connection is lent the pool does not listen, and an error without a listener would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const queries = new Kysely<Tables>({ dialect: dialectOn(pool) }).withSchema('opencapf_private');
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all([lanes.close(), queries.destroy()]).then(() => undefined);
    return closed;
  };
  return {
    queries,
    transaction: async (work) => await queries.transaction().execute(work),
    prepared: (name, text, values) => runPrepared(lanes, { name, text, values }),
    preparedApart: (name, text, values) => runPrepared(apartOn(pool), { name, text, values }),
    where: target.where,
    target,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A server that answers nothing at all, not even that it timed out, is on a connection that is gone. */
function patience(statementTimeoutMs: number, beyondMs: number) {
  return { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + beyondMs };
}

async function reach(
  target: Target,
  deadlineMs: number,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (let tries = 0; ; tries += 1) {
    signal?.throwIfAborted();
    const left = deadline - performance.now();
    const fault = await greet(target, Math.max(1, Math.min(left, attemptMs)));
    if (fault === undefined) return;
    if (!passing.has(fault.code) || performance.now() + retryMs > deadline) throw fault;
    if (tries === 0) log(`${fault.message}: trying again for ${Math.ceil(left / 1_000)} s.`);
    await delay(retryMs, undefined, signal && { signal });
  }
}

async function greet(target: Target, timeoutMs: number): Promise<StoreError | undefined> {
  const client = new Client({
    ...target.config,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ number: string; name: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as name",
    );
    if (Number(rows[0]?.number) >= oldestVersion) return undefined;
    return new StoreError('database-too-old', `${target.where}: ${rows[0]?.name}`);
  } catch (cause) {
    return connectionFault(cause, target.where);
  } finally {
    await end(client);
  }
}

/** Ends a connection without waiting for a peer that may be gone. */
async function end(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), delay(500, undefined, { ref: false })]);
}
