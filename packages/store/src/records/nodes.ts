import type { Database } from '../database/connect.js';

/** A process that serves phones. */
export interface ServingNode {
  /** UUID, a new one at each start. */
  readonly id: string;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
}

/** Says that this node lives; the first time, who it is. */
export async function beat(database: Database, { id, host, processId, version }: ServingNode): Promise<void> {
  await database.prepared(
    'beat',
    `insert into opencapf_private.node (id, host, process_id, version) values ($1, $2, $3, $4)
     on conflict (id) do update set heartbeat_at = now()`,
    [id, host, processId, version],
  );
}

/** This node stops. */
export async function forgetNode(database: Database, id: string): Promise<void> {
  await database.prepared('forget-node', 'delete from opencapf_private.node where id = $1', [id]);
}

/**
 * Ends the record of sessions that nobody serves: of nodes that were not heard of for so long, and of this node where it
 * knows nothing of them, since their end could not be written. Their operations wait for the phone's next session.
 *
 * @param live - ids of the sessions that this node serves
 * @returns how many
 */
export async function endLostSessions(
  database: Database,
  node: string,
  live: readonly number[],
  silenceMs: number,
): Promise<number> {
  const { rows } = await database.prepared<{ lost: number }>(
    'end-lost-sessions',
    `with silent as (
       delete from opencapf_private.node where heartbeat_at < now() - $3 * interval '1 millisecond' returning id),
     lost as (
       update opencapf_private.session s
       set ended_at = now(), outcome = 'service-lost', reason = 'The node that served the session is gone.'
       where s.ended_at is null and case when s.node_id = $1
         then s.id <> all ($2::bigint[]) and coalesce(s.authenticated_at, s.started_at) < now() - interval '2 minutes'
         else s.node_id in (select id from silent)
           or not exists (select from opencapf_private.node n where n.id = s.node_id) end
       returning s.id),
     released as (
       update opencapf_private.operation o
       set state = 'pending', reason_code = 'service-lost', reason = 'The node that served the session is gone.'
       from lost where o.session_id = lost.id and o.state = 'inProgress' returning o.id)
     select (select count(*) from lost) as lost, (select count(*) from released) as released`,
    [node, live, silenceMs],
  );
  return rows[0]?.lost ?? 0;
}
