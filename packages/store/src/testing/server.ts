import { access, constants, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedDatabase } from '../embedded/index.js';

// Some ten databases at once, of 10 MB each, the write-ahead log, and what the longest soak leaves behind.
const enoughBytes = 4 * 2 ** 30;

/** A server on which tests make their databases. */
export interface TestServer extends AsyncDisposable {
  /** For the variable `OPENCAPF_TEST_SERVER`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The server of `DATABASE_URL`, or an embedded one in a temporary directory that does without fsync.
 *
 * @param databaseUrl a user that may create databases and roles
 * @param inMemory lets that directory be in memory where there is room
 */
export async function startTestServer(databaseUrl: string | undefined, inMemory = false): Promise<TestServer> {
  if (databaseUrl !== undefined && databaseUrl !== '') {
    const stop = async (): Promise<void> => await dropTemplates(databaseUrl);
    return { url: databaseUrl, stop, [Symbol.asyncDispose]: stop };
  }
  const dataDir = await mkdtemp(join(inMemory ? await quickDirectory() : tmpdir(), 'opencapf-test-'));
  const server = await startEmbeddedDatabase({ dataDir, durable: false });
  const admin = new Client(server.administration);
  await admin.connect();
  await admin.query('alter role opencapf createdb');
  await admin.end();
  const { host, port, user, password, database } = server.connection;
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const url = `postgres://${user}:${password}@${encodeURIComponent(host)}:${port}/${database}`;
  return { url, stop, [Symbol.asyncDispose]: stop };
}

/** To make a database is to copy hundreds of files: in memory it takes the server half the processor time. */
async function quickDirectory(): Promise<string> {
  const memory = '/dev/shm';
  try {
    await access(memory, constants.W_OK);
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize >= enoughBytes ? memory : tmpdir();
  } catch {
    return tmpdir(); // not Linux, or not ours to write to
  }
}

/** Removes what {@link testDatabase} keeps on a server for the next test. */
async function dropTemplates(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      "select datname from pg_database where datname like 'opencapf\\_template\\_%' and datdba = current_user::regrole",
    );
    for (const { datname } of rows) await client.query(`drop database if exists ${datname}`);
  } finally {
    await client.end();
  }
}
