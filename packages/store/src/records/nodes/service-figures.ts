import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import { fetchIsCurrent } from '../files/file-fetches.js';

/** What monitoring counts, the same on every node. Each count is of an index, or of the last hour. */
export interface ServiceFigures {
  /** Sessions that have introduced themselves and not ended. */
  readonly liveSessions: number;
  /** Sessions that began within the last hour and have ended, by outcome. */
  readonly outcomes: readonly { readonly outcome: string; readonly n: number }[];
  /** Steps of the sessions that began within the last hour. */
  readonly steps: readonly { readonly step: string; readonly n: number }[];
  /** Devices by the state of their last operation; those without one are left out. */
  readonly operations: readonly { readonly state: string; readonly n: number }[];
  /** Devices by file and by what they fetched last of it: `current` or `old`. */
  readonly files: readonly { readonly file: string; readonly state: string; readonly n: number }[];
  /** Requests to authorities elsewhere that have not ended. */
  readonly requests: readonly {
    readonly authority: string;
    readonly state: string;
    readonly n: number;
    /** Of those, how many a node is at work on now. */
    readonly underWay: number;
  }[];
}

/** Counts what {@link ServiceFigures} names. */
export async function readServiceFigures(database: Database, now: Date): Promise<ServiceFigures> {
  const since = new Date(now.getTime() - 3_600_000);
  const { queries } = database;
  const [live, outcomes, steps, operations, requests, files] = await Promise.all([
    sql<{ n: number }>`
      select count(*)::integer as n from opencapf_private.session where ended_at is null`.execute(queries),
    sql<ServiceFigures['outcomes'][number]>`
      select coalesce(outcome, 'unknown') as outcome, count(*)::integer as n from opencapf_private.session
      where started_at > ${since} and ended_at is not null group by 1 order by 1`.execute(queries),
    sql<ServiceFigures['steps'][number]>`
      select step ->> 'state' as step, count(*)::integer as n
      from opencapf_private.session, jsonb_array_elements(steps) step where started_at > ${since} group by 1 order by 1`.execute(
      queries,
    ),
    sql<ServiceFigures['operations'][number]>`
      select state, count(*)::integer as n from opencapf_private.operation
      where latest and device_id is not null group by state order by state`.execute(queries),
    sql<ServiceFigures['requests'][number]>`
      select i.name as authority, r.state, count(*)::integer as n, count(r.owner)::integer as "underWay"
      from opencapf_private.authority_request r join opencapf_private.issuer i on i.id = r.issuer_id
      where r.ended_at is null group by i.name, r.state order by i.name, r.state`.execute(queries),
    sql<ServiceFigures['files'][number]>`
      select f.file, case when ${sql.raw(fetchIsCurrent)} then 'current' else 'old' end as state, count(*)::integer as n
      from opencapf_private.file_fetch f join opencapf_private.device d on d.name = f.device_name
      group by 1, 2 order by 1, 2`.execute(queries),
  ]);
  return {
    liveSessions: live.rows[0]?.n ?? 0,
    outcomes: outcomes.rows,
    steps: steps.rows,
    operations: operations.rows,
    requests: requests.rows,
    files: files.rows,
  };
}
