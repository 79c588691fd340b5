import { CompiledQuery } from 'kysely';
import type { Database } from './connect.js';
import type { PreparedResult } from './prepared.js';

/**
 * Runs one statement of its own transaction on a connection that no session's statement waits for: for what may take long,
 * such as jobs. It is planned for its values each time; what is done all the time is better prepared (`Database.preparedApart`).
 */
export async function runApart<Row>(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<PreparedResult<Row>> {
  const { rows, numAffectedRows = 0n } = await database.queries.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return { rows, rowCount: Number(numAffectedRows) };
}
