import { runApart } from '../../database/apart.js';
import type { Database } from '../../database/connect.js';
import { silenceMs } from '../../database/node-silence.js';
import { newestMigration } from '../../migrations/index.js';

/** A process that serves phones, or owns workers that do. */
export interface ServingNode {
  /** UUID, a new one at each start. */
  readonly id: string;
  /** Of a worker: the node that it is of, and its number from 1 on. */
  readonly worker?: { readonly of: string; readonly number: number } | undefined;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
}

/**
 * Says that this node lives, and so renews what all of its sessions hold; the first time, who it is.
 *
 * @param clockOffsetMs - by how much the machine's clock is ahead of PostgreSQL's, as it was measured last
 * @returns what PostgreSQL's clock shows, in milliseconds since 1970
 */
export async function beat(
  database: Database,
  { id, worker, host, processId, version }: ServingNode,
  clockOffsetMs?: number,
): Promise<number> {
  const { rows } = await database.prepared<{ now: number }>(
    'beat',
    `insert into opencapf_private.node as n
       (id, parent_id, worker, host, process_id, version, knows_migration, clock_offset_ms)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update set heartbeat_at = now(), clock_offset_ms = excluded.clock_offset_ms,
       heard_since = case when n.heartbeat_at < now() - ${silenceMs} * interval '1 millisecond' then now()
         else n.heard_since end
     returning (extract(epoch from clock_timestamp()) * 1000)::double precision as now`,
    [id, worker?.of, worker?.number, host, processId, version, newestMigration, clockOffsetMs],
  );
  return rows[0]?.now ?? Number.NaN;
}

/** What PostgreSQL's clock shows, in milliseconds since 1970. */
export async function readDatabaseClock(database: Database): Promise<number> {
  const { rows } = await database.prepared<{ now: number }>(
    'read-database-clock',
    'select (extract(epoch from clock_timestamp()) * 1000)::double precision as now',
    [],
  );
  return rows[0]?.now ?? Number.NaN;
}

/** This node takes no new phones. */
export async function noteDraining(database: Database, id: string): Promise<void> {
  await database.prepared(
    'note-draining',
    'update opencapf_private.node set draining_since = now() where id = $1 and draining_since is null',
    [id],
  );
}

/** This node stops, or is known to have died. */
export async function forgetNode(database: Database, id: string): Promise<void> {
  await database.prepared('forget-node', 'delete from opencapf_private.node where id = $1', [id]);
}

/** Forgets every node: for whoever knows that no other one can live, since the database is its own. */
export async function forgetAllNodes(database: Database): Promise<void> {
  await database.prepared('forget-all-nodes', 'delete from opencapf_private.node', []);
}

/**
 * Ends the record of sessions whose nodes are gone: they signed off, are known to have died, or were not heard of for
 * {@link silenceMs}. Their operations wait for the phone's next session.
 *
 * Who has not been heard of for so long itself, as after an outage of PostgreSQL, cannot tell that others are gone: they
 * get as long as that to be heard of.
 *
 * @param judge - id of the node that asks
 * @returns how many
 */
export async function endLostSessions(database: Database, judge: string): Promise<number> {
  const silence = `now() - ${silenceMs} * interval '1 millisecond'`;
  return await endSessions(
    database,
    `silent as (
       delete from opencapf_private.node n
       where n.heartbeat_at < ${silence}
         and exists (select from opencapf_private.node j where j.id = $1 and j.heard_since < ${silence})
       returning n.id),
     lost as (
       select s.id from opencapf_private.session s
       where s.ended_at is null and (s.node_id in (select id from silent)
         or not exists (select from opencapf_private.node n where n.id = s.node_id)))`,
    [judge],
  );
}

/**
 * Ends the record of sessions of this node that it knows nothing of, since their end could not be written.
 *
 * @param live - ids of the sessions that it serves
 * @returns how many
 */
export async function endForgottenSessions(database: Database, node: string, live: readonly number[]): Promise<number> {
  return await endSessions(
    database,
    `lost as (
       select s.id from opencapf_private.session s
       where s.ended_at is null and s.node_id = $1 and s.id <> all ($2::bigint[])
         and coalesce(s.authenticated_at, s.started_at) < now() - interval '2 minutes')`,
    [node, live],
  );
}

/** Operations first, as sessions do it that end by themselves: else the two could wait for each other. */
async function endSessions(database: Database, lost: string, values: readonly unknown[]): Promise<number> {
  const words = 'The node that served the session is gone.';
  const { rows } = await runApart<{ ended: number }>(
    database,
    `with ${lost},
     released as (
       select opencapf_private.let_go(o.id, lost.id, 'service-lost', '${words}') from lost
       join opencapf_private.operation o on o.session_id = lost.id and o.state = 'inProgress'),
     ended as (
       update opencapf_private.session s
       set ended_at = now(), outcome = 'service-lost', reason = '${words}'
       where s.id in (select id from lost) and s.ended_at is null and (select count(*) from released) >= 0
       returning s.id)
     select count(*) as ended from ended`,
    values,
  );
  return rows[0]?.ended ?? 0;
}
