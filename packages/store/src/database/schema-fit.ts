import { type Kysely, type Migration, sql } from 'kysely';
import { StoreError } from '../errors.js';
import { migrations, type SchemaSteps } from '../migrations/index.js';
import type { Database } from './connect.js';
import { silenceMs } from './node-silence.js';

/**
 * Whether a program may bring a database to its version, or leave it at the newer one that it has.
 *
 * @param steps - the migrations that the program knows
 * @throws StoreError `database-newer`, `database-nodes-too-old`
 */
export async function checkFit(
  connection: Kysely<unknown>,
  steps: SchemaSteps,
  where: string,
): Promise<'newer' | 'migrate'> {
  const applied = await appliedSteps(connection);
  const missing = Object.keys(steps).filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !(name in steps));
  if (unknown.length > 0) {
    const needed = await neededStep(connection);
    if (missing.length === 0 && needed !== undefined && needed in steps) return 'newer';
    throw new StoreError('database-newer', `${where}: ${unknown.join(', ')}`);
  }
  if (applied.length > 0 && missing.length > 0) await refuseOldNodes(connection, steps, missing);
  return 'migrate';
}

/**
 * Makes sure once more that this program can work with the database: for a node that has said that it lives, so that no
 * migration from now on leaves it behind, while one before it may have.
 *
 * @throws StoreError `database-newer`
 */
export async function checkSchemaNeeds(database: Database, steps: SchemaSteps = migrations): Promise<void> {
  const needed = await neededStep(database.queries);
  if (needed === undefined || !(needed in steps))
    throw new StoreError('database-newer', `${database.where}: ${needed}`);
}

/** The steps, each also recording what it needs, in its own transaction. */
export function recordNeeds(steps: SchemaSteps): Record<string, Migration> {
  const recording = Object.entries(steps).map(([name, step]): [string, Migration] => [
    name,
    {
      async up(db) {
        await step.up(db);
        await sql`
          insert into opencapf_private.schema_needs as s (migration) values (${step.needs})
          on conflict (only_row) do update set migration = greatest(s.migration, excluded.migration)`.execute(db);
      },
    },
  ]);
  return Object.fromEntries(recording);
}

async function refuseOldNodes(
  connection: Kysely<unknown>,
  steps: SchemaSteps,
  missing: readonly string[],
): Promise<void> {
  const needed = missing
    .map((name) => steps[name]?.needs ?? name)
    .sort()
    .at(-1);
  const { rows } = await sql<{ host: string; pid: number | null; version: string }>`
    select host, process_id as pid, version from opencapf_private.node
    where knows_migration < ${needed} and heartbeat_at > now() - ${silenceMs} * interval '1 millisecond'
    order by started_at limit 10`.execute(connection);
  if (rows.length === 0) return;
  const nodes = rows.map(({ host, pid, version }) => `${version} on ${host}, process ${pid ?? 'unknown'}`);
  throw new StoreError('database-nodes-too-old', nodes.join('; '));
}

async function appliedSteps(connection: Kysely<unknown>): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ found: boolean }>`
    select to_regclass('opencapf_private.migration') is not null as found`.execute(connection);
  if (tables[0]?.found !== true) return [];
  const { rows } = await sql<{ name: string }>`
    select name from opencapf_private.migration order by name`.execute(connection);
  return rows.map(({ name }) => name);
}

async function neededStep(connection: Pick<Kysely<unknown>, 'getExecutor'>): Promise<string | undefined> {
  const { rows } = await sql<{ migration: string }>`
    select migration from opencapf_private.schema_needs`.execute(connection);
  return rows[0]?.migration;
}
