import { sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import { recordAudit } from '../audit/audit.js';

/** Every setting that is kept in the database, by name. */
export async function readStoredSettings(queries: Queries): Promise<ReadonlyMap<string, unknown>> {
  const rows = await queries.selectFrom('setting').select(['name', 'value']).execute();
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/**
 * Keeps a setting, and says so in the audit with the value it had.
 *
 * @param value anything that JSON can hold; no secret
 */
export async function storeSetting(database: Database, name: string, value: unknown, actor: string): Promise<void> {
  await database.transaction(async (queries) => {
    const before = await queries
      .selectFrom('setting')
      .where('name', '=', name)
      .select('value')
      .forUpdate()
      .executeTakeFirst();
    const row = { value: JSON.stringify(value), updated_by: actor };
    await queries
      .insertInto('setting')
      .values({ name, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...row, updated_at: sql<Date>`now()` }))
      .execute();
    await recordAudit(queries, {
      actor,
      action: 'setting.change',
      subjectKind: 'setting',
      subject: name,
      detail: { before: before?.value ?? null, after: value },
    });
  });
}
