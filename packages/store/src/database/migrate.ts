import { Kysely, Migrator, sql } from 'kysely';
import { Pool } from 'pg';
import { StoreError } from '../errors.js';
import { migrations, type SchemaSteps } from '../migrations/index.js';
import type { Database } from './connect.js';
import { dialectOn, typeParsers } from './dialect.js';
import { codeOf } from './faults.js';
import { checkFit, recordNeeds } from './schema-fit.js';
import { allowTftpBuilder } from './tftp-builder-role.js';

// "capf" in ASCII, and a number: no other use of advisory locks in this database has it by chance.
const migrationLock = '7161049962847109121';
const migrationTable = 'migration';
const newerDatabase = 'The database is of a newer version, with which this one can work.';

export interface MigrationResult {
  /** Names of the migrations that this call applied, in order. */
  readonly applied: readonly string[];
  /** What an administrator should do by hand, such as SQL that needs rights of another user. */
  readonly warnings: readonly string[];
}

/**
 * Brings the database to this version, all of it or nothing. Several nodes may call it at once: one works, the others
 * wait. A database of a newer version is left as it is where this one can work with it.
 *
 * @param steps - the migrations that the program knows
 * @throws StoreError `database-newer`, `database-nodes-too-old`, `database-privileges`, `database-migration-failed`
 */
export async function migrateDatabase(database: Database, steps: SchemaSteps = migrations): Promise<MigrationResult> {
  const pool = new Pool({
    ...database.target.config,
    types: typeParsers,
    application_name: 'opencapf migration',
    max: 1,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const kysely = new Kysely<unknown>({ dialect: dialectOn(pool) });
  try {
    return await kysely.connection().execute(async (connection) => {
      await sql`set lock_timeout = '5min'`.execute(connection);
      await sql`select pg_advisory_lock(${sql.lit(migrationLock)}::bigint)`.execute(connection);
      const fit = await checkFit(connection, steps, database.where);
      if (fit === 'newer') return { applied: [], warnings: [newerDatabase] };
      const applied = await applyAll(connection, steps);
      return { applied, warnings: await allowTftpBuilder(connection) };
    });
  } catch (cause) {
    if (cause instanceof StoreError && cause.code !== 'database-lost') throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = codeOf(cause) === '42501' ? 'database-privileges' : 'database-migration-failed';
    throw new StoreError(code, `${database.where}: ${message}`, { cause });
  } finally {
    await kysely.destroy();
  }
}

async function applyAll(connection: Kysely<unknown>, steps: SchemaSteps): Promise<string[]> {
  const migrator = new Migrator({
    db: connection,
    provider: { getMigrations: async () => recordNeeds(steps) },
    migrationTableSchema: 'opencapf_private',
    migrationTableName: migrationTable,
    migrationLockTableName: `${migrationTable}_lock`,
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}
