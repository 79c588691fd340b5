import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import { silenceMs } from '../../database/node-silence.js';

/** A process as administrators see it. */
export interface NodeProcess {
  /** UUID, a new one at each start. */
  readonly id: string;
  readonly processId: number | null;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
  /** Whether it was heard of lately. */
  readonly alive: boolean;
  /** Since when it takes no new phones. */
  readonly drainingSince: Date | null;
  /** Sessions on record that have not ended. */
  readonly liveSessions: number;
  /** By how much the machine's clock was ahead of PostgreSQL's at the last beat but one, in milliseconds. */
  readonly clockOffsetMs: number | null;
}

/** A service on a database. */
export interface NodeRecord extends NodeProcess {
  readonly host: string;
  readonly version: string;
  /** Its processes that serve phones, where it has such; then it serves none itself. */
  readonly workers: readonly (NodeProcess & { readonly number: number })[];
}

interface Row extends NodeProcess {
  readonly parentId: string | null;
  readonly worker: number | null;
  readonly host: string;
  readonly version: string;
}

/** Every node that has not signed off and is not given up yet, the oldest first. */
export async function listNodes(database: Database): Promise<readonly NodeRecord[]> {
  const { rows } = await sql<Row>`
    select n.id, n.parent_id as "parentId", n.worker, n.host, n.process_id as "processId", n.version,
      n.started_at as "startedAt", n.heartbeat_at as "heartbeatAt", n.draining_since as "drainingSince",
      n.heartbeat_at > now() - ${silenceMs} * interval '1 millisecond' as alive,
      round(n.clock_offset_ms)::double precision as "clockOffsetMs",
      (select count(*) from opencapf_private.session s where s.node_id = n.id and s.ended_at is null) as "liveSessions"
    from opencapf_private.node n order by n.started_at, n.id`.execute(database.queries);
  return rows
    .filter(({ parentId }) => parentId === null)
    .map(({ host, version, ...node }) => ({
      ...processOf(node),
      host,
      version,
      workers: rows
        .filter(({ parentId }) => parentId === node.id)
        .map((row) => ({ ...processOf(row), number: row.worker ?? 0 }))
        .sort((one, other) => one.number - other.number),
    }));
}

function processOf(row: NodeProcess): NodeProcess {
  const { id, processId, startedAt, heartbeatAt, alive, drainingSince, liveSessions, clockOffsetMs } = row;
  return { id, processId, startedAt, heartbeatAt, alive, drainingSince, liveSessions, clockOffsetMs };
}
