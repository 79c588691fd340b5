import type { Pool, QueryResultRow } from 'pg';
import { StoreError } from '../errors.js';
import { isServerReport } from './faults.js';
import type { Lanes } from './lanes.js';
import type { NamedStatement } from './named-query.js';

/** What a statement gave. */
export interface PreparedResult<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
}

/**
 * Runs one statement that each connection prepares once, under its name: what the server has not to parse and plan
 * again is most of what a short statement costs.
 *
 * @throws StoreError `database-lost`; a fault that the server reports as it is
 */
export async function runPrepared<Row>(
  lanes: Pick<Lanes, 'run'>,
  statement: NamedStatement,
): Promise<PreparedResult<Row>> {
  try {
    const { rows, rowCount } = await lanes.run<Row & QueryResultRow>(statement);
    return { rows, rowCount: rowCount ?? 0 };
  } catch (fault) {
    if (isServerReport(fault)) throw fault;
    throw new StoreError('database-lost', undefined, { cause: fault });
  }
}

/** A pool in the place of lanes: each statement has a connection of its own for as long as it takes. */
export function apartOn(pool: Pool): Pick<Lanes, 'run'> {
  return { run: async ({ name, text, values }) => await pool.query({ name, text, values: [...values] }) };
}
