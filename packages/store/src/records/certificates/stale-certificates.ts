import type { Database } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { againAfterDeadlock } from '../deadlock.js';

/** Counts the LSCs that were issued and never installed, and that nothing waits for any more (DESIGN, section 3). */
export async function countStale(database: Database): Promise<number> {
  const { rows } = await database.prepared<{ stale: number }>(
    'count-stale',
    'select count(*)::integer as stale from opencapf_private.stale_certificate',
    [],
  );
  return rows[0]?.stale ?? 0;
}

const batch = 500;

/**
 * Takes stale LSCs out of view and revokes them; their rows, with serial and bytes, stay. Each has its entry in the audit.
 *
 * @param most - At about so many it stops, so that nobody waits for long: what is left is for the next call.
 * @returns how many
 */
export async function discardStale(database: Database, author: Author, most: number): Promise<number> {
  let after = 0;
  for (let all = 0; ; ) {
    if (all >= most) return all;
    const done = await againAfterDeadlock(async () => {
      const { rows } = await database.prepared<{ last: number | null; discarded: number }>(
        'discard-stale',
        'select last, discarded from opencapf_private.discard_stale($1, $2, $3, $4)',
        [after, batch, author.name, author.remoteAddress],
      );
      return rows[0];
    });
    all += done?.discarded ?? 0;
    if (done?.last == null) return all;
    after = done.last;
  }
}
