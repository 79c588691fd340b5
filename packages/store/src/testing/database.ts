import { createHash, randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { type ConnectOptions, type Database, openDatabase } from '../database/connect.js';
import { migrateDatabase } from '../database/migrate.js';
import { findTarget } from '../database/target.js';
import { onServer } from './administration.js';
import { programDigest } from './program-digest.js';

/** A database of one test's own, dropped when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  /** For connections of the test's own, and for programs that take a `DATABASE_URL`. */
  readonly url: string;
}

export interface TestDatabaseOptions extends Pick<ConnectOptions, 'maxConnections' | 'statementTimeoutMs' | 'log'> {
  /** `false` gives an empty database. Default true. */
  readonly migrated?: boolean;
}

// "test" in ASCII: guards the making of the template, and copying, which cannot go on beside it.
const templateLock = 0x74657374;

/**
 * Makes a database on the server that `OPENCAPF_TEST_SERVER` names. Migrations run once for all tests of all
 * processes, into a template that the others copy.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = process.env['OPENCAPF_TEST_SERVER'];
  if (server === undefined) {
    throw new Error('OPENCAPF_TEST_SERVER must name a PostgreSQL server; the test runner of the repository sets it');
  }
  const { migrated = true, ...open } = options;
  const name = `opencapf_test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await onServer(server, async (client) => {
    if (!migrated) {
      await client.query(`create database ${name}`);
      return;
    }
    await client.query('select pg_advisory_lock($1)', [templateLock]);
    const template = await ensureTemplate(client, server);
    // Page by page through the write-ahead log, the default, takes more than twice the processor time.
    await client.query(`create database ${name} template ${template} strategy file_copy`);
    await client.query('select pg_advisory_unlock($1)', [templateLock]);
  });
  const url = withDatabase(server, name);
  const database = openDatabase(findTarget(url), { maxConnections: 5, ...open });
  return {
    database,
    url,
    async [Symbol.asyncDispose]() {
      await database.close();
      await onServer(server, async (client) => {
        // Not "with (force)": it fails when the server's own vacuum, which it may not end, is at work there. A plain drop
        // asks that one to leave and waits for those who are leaving.
        await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = current_user',
          [name],
        );
        await client.query(`drop database if exists ${name}`);
      });
    },
  };
}

/** Makes the template of this very program, whose name tells it from those of other versions. Under the lock. */
async function ensureTemplate(client: Client, server: string): Promise<string> {
  const { rows: names } = await client.query<{ user: string }>('select current_user as user');
  const digest = createHash('sha256')
    .update(`${await programDigest()} ${names[0]?.user}`)
    .digest('hex')
    .slice(0, 16);
  const template = `opencapf_template_${digest}`;
  const { rows } = await client.query('select from pg_database where datname = $1', [template]);
  if (rows.length > 0) return template;
  const draft = `${template}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft}`);
  const database = openDatabase(findTarget(withDatabase(server, draft)), { maxConnections: 1 });
  try {
    await migrateDatabase(database);
  } finally {
    await database.close();
  }
  await client.query(`alter database ${draft} rename to ${template}`);
  return template;
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
