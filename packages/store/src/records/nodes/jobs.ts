import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';

/** Something that one node at a time does for all. */
export interface SharedJob {
  /** The same on all nodes. */
  readonly name: string;
  readonly everyMs: number;
}

/** How soon a job that failed is tried again, in milliseconds, if its turn is not sooner. */
const againMs = 60_000;

/** Makes these jobs known; each is due at once when nobody knew it before. */
export async function enterJobs(database: Database, names: readonly string[]): Promise<void> {
  await database.prepared(
    'enter-jobs',
    'insert into opencapf_private.job (name) select unnest($1::text[]) on conflict do nothing',
    [names],
  );
}

/** Which jobs are due. */
export async function dueJobs(database: Database): Promise<ReadonlySet<string>> {
  const { rows } = await database.prepared<{ name: string }>(
    'due-jobs',
    'select name from opencapf_private.job where due_at <= now()',
    [],
  );
  return new Set(rows.map(({ name }) => name));
}

/**
 * Runs a job if it is due and no other node is at it. The claim is the lock on the job's row: it ends with the connection
 * that holds it, so what a node was at when it died is due for the others at once.
 *
 * @param node - UUID of this node
 * @returns whether it was run to its end
 * @throws what `work` throws; the job is due again soon
 */
export async function runJob(
  database: Database,
  { name, everyMs }: SharedJob,
  node: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const { ran, fault } = await database.transaction<{ ran: boolean; fault?: unknown }>(async (queries) => {
    // The transaction is silent while the work goes on, on other connections.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(queries);
    const { rows } = await sql`
      select from opencapf_private.job where name = ${name} and due_at <= now() for update skip locked`.execute(
      queries,
    );
    if (rows.length === 0) return { ran: false };
    const done = async (inMs: number): Promise<void> => {
      await sql`
        update opencapf_private.job
        set due_at = clock_timestamp() + ${inMs} * interval '1 millisecond', ran_at = now(), ran_by = ${node}
        where name = ${name}`.execute(queries);
    };
    try {
      await work();
    } catch (fault) {
      await done(Math.min(everyMs, againMs));
      return { ran: false, fault };
    }
    await done(everyMs);
    return { ran: true };
  });
  if (fault !== undefined) throw fault;
  return ran;
}
