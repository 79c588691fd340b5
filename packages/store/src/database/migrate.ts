import { Kysely, Migrator, sql } from 'kysely';
import { Pool } from 'pg';
import { StoreError } from '../errors.js';
import { migrations } from '../migrations/index.js';
import type { Database } from './connect.js';
import { dialectOn, typeParsers } from './dialect.js';
import { codeOf } from './faults.js';
import { allowTftpBuilder } from './tftp-builder-role.js';

// "capf" in ASCII, and a number: no other use of advisory locks in this database has it by chance.
const migrationLock = '7161049962847109121';
const migrationTable = 'migration';

export interface MigrationResult {
  /** Names of the migrations that this call applied, in order. */
  readonly applied: readonly string[];
  /** What an administrator should do by hand, such as SQL that needs rights of another user. */
  readonly warnings: readonly string[];
}

/**
 * Brings the database to this version, all of it or nothing. Several nodes may call it at once: one works, the others
 * wait.
 *
 * @throws StoreError `database-newer`, `database-privileges`, `database-migration-failed`
 */
export async function migrateDatabase(database: Database): Promise<MigrationResult> {
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
      await refuseNewer(connection, database.where);
      const applied = await applyAll(connection);
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

async function refuseNewer(connection: Kysely<unknown>, where: string): Promise<void> {
  const { rows: tables } = await sql<{ found: boolean }>`
    select to_regclass('opencapf_private.migration') is not null as found`.execute(connection);
  if (tables[0]?.found !== true) return;
  const { rows } = await sql<{ name: string }>`select name from opencapf_private.migration order by name`.execute(
    connection,
  );
  const unknown = rows.map(({ name }) => name).filter((name) => !(name in migrations));
  if (unknown.length > 0) throw new StoreError('database-newer', `${where}: ${unknown.join(', ')}`);
}

async function applyAll(connection: Kysely<unknown>): Promise<string[]> {
  const migrator = new Migrator({
    db: connection,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: 'opencapf_private',
    migrationTableName: migrationTable,
    migrationLockTableName: `${migrationTable}_lock`,
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}
