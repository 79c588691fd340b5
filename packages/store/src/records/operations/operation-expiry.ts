import { runApart } from '../../database/apart.js';
import type { Database } from '../../database/connect.js';

/** Ends an operation whose time has passed; does nothing to one that has ended. */
export async function expireOperation(database: Database, operation: number): Promise<void> {
  await database.prepared('expire-operation', 'select opencapf_private.expire_operation($1)', [operation]);
}

const batch = 1_000;

/**
 * Ends the operations whose time has passed. Those in progress get so long to finish.
 *
 * @returns how many, at most 1,000: ask again then
 */
export async function expireOverdueOperations(database: Database, now: Date, graceMs: number): Promise<number> {
  const { rows } = await runApart<{ expired: number }>(
    database,
    `select count(opencapf_private.expire_operation(o.id)) as expired from (
       select id from opencapf_private.operation
       where state in ('pending', 'inProgress', 'waitingForAuthority')
         and completes_by <= case when state = 'pending' then $1::timestamptz else $2::timestamptz end
       order by completes_by limit ${batch}) o`,
    [now, new Date(now.getTime() - graceMs)],
  );
  return rows[0]?.expired ?? 0;
}
