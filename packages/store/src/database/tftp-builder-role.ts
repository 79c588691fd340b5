import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { codeOf } from './faults.js';

const createRole = 'create role tftp_builder nologin';
const grants = [
  'grant usage on schema public to tftp_builder',
  'grant select on public.device to tftp_builder',
] as const;

// Roles belong to the whole cluster: another database's service may create the same one, or change its entry, now.
const racing = new Set(['42710', '23505', 'XX000', '40001']);
const attempts = 20;
const pauseMs = 50;

/**
 * Lets the role `tftp_builder` read the contract and nothing else; it is created if it is missing.
 *
 * @returns a warning with the SQL for an administrator where the database user may not do so
 */
export async function allowTftpBuilder(connection: Kysely<unknown>): Promise<string[]> {
  const missing: string[] = [];
  if (!(await roleExists(connection)) && !(await allowed(connection, createRole))) missing.push(createRole);
  for (const grant of grants) {
    if (missing.length > 0 || !(await allowed(connection, grant))) missing.push(grant);
  }
  if (missing.length === 0 || (await mayRead(connection))) return [];
  return [
    `The role tftp_builder cannot read the relation device yet. As an administrator of this database: ${missing.join('; ')};`,
  ];
}

async function roleExists(connection: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql`select from pg_roles where rolname = 'tftp_builder'`.execute(connection);
  return rows.length > 0;
}

async function mayRead(connection: Kysely<unknown>): Promise<boolean> {
  if (!(await roleExists(connection))) return false;
  const { rows } = await sql<{ may: boolean }>`
    select has_schema_privilege('tftp_builder', 'public', 'usage')
      and has_table_privilege('tftp_builder', 'public.device', 'select') as may`.execute(connection);
  return rows[0]?.may === true;
}

async function allowed(connection: Kysely<unknown>, statement: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await sql.raw(statement).execute(connection);
      return true;
    } catch (fault) {
      if (codeOf(fault) === '42501') return false;
      if (statement === createRole && (await roleExists(connection))) return true;
      if (!racing.has(codeOf(fault)) || attempt === attempts) throw fault;
      await delay(pauseMs);
    }
  }
}
