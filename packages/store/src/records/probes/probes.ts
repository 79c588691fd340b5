import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';

/** A probe to be queued. */
export interface NewProbe {
  readonly exchange: string;
  /** As the administrator says them, for the evidence. */
  readonly model: string | undefined;
  readonly firmware: string | undefined;
  readonly expiresAt: Date;
}

/** A probe on record. */
export interface ProbeRecord extends NewProbe {
  readonly id: number;
  readonly state: 'pending' | 'running' | 'done' | 'cancelled';
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly endedAt: Date | undefined;
  /** Why one that nobody took back is cancelled: its node is gone, or its session broke. */
  readonly reason: string | undefined;
  /** Of one that is done. */
  readonly evidence: Readonly<Record<string, unknown>> | undefined;
}

/** What a session carries out. */
export interface TakenProbe {
  readonly id: number;
  readonly exchange: string;
  readonly model: string | undefined;
  readonly firmware: string | undefined;
}

/**
 * Queues a probe for a device's next session, in the place of one that waits, and says so in the audit.
 *
 * @returns its number; undefined when there is no such device
 */
export async function queueProbe(
  database: Database,
  deviceName: string,
  { exchange, model, firmware, expiresAt }: NewProbe,
  now: Date,
  author: Author,
): Promise<number | undefined> {
  return await database.transaction(async (queries) => {
    const { rows: devices } = await sql<{ id: number }>`
      select id from opencapf_private.device where name = ${deviceName} for no key update`.execute(queries);
    const [device] = devices;
    if (device === undefined) return undefined;
    await sql`update opencapf_private.probe set state = 'cancelled', ended_at = ${now}
      where device_id = ${device.id} and state = 'pending'`.execute(queries);
    const { rows } = await sql<{ id: number }>`
      insert into opencapf_private.probe (device_id, exchange, model, firmware, created_by, created_at, expires_at)
      values (${device.id}, ${exchange}, ${model ?? null}, ${firmware ?? null}, ${author.name}, ${now}, ${expiresAt})
      returning id`.execute(queries);
    await auditProbe(queries, 'probe.queue', deviceName, author, { exchange });
    return rows[0]?.id;
  });
}

/** Takes back what {@link queueProbe} queued. @returns whether one was waiting */
export async function cancelProbe(database: Database, deviceName: string, now: Date, author: Author): Promise<boolean> {
  return await database.transaction(async (queries) => {
    const { numAffectedRows } = await sql`
      update opencapf_private.probe p set state = 'cancelled', ended_at = ${now}
      from opencapf_private.device d where d.id = p.device_id and d.name = ${deviceName} and p.state = 'pending'`.execute(
      queries,
    );
    if (numAffectedRows === 0n) return false;
    await auditProbe(queries, 'probe.cancel', deviceName, author, {});
    return true;
  });
}

/** The newest probe of a device. */
export async function readProbe(database: Database, deviceName: string): Promise<ProbeRecord | undefined> {
  const { rows } = await database.prepared<ProbeRow>(
    'read-probe',
    `select p.id, p.exchange, p.model, p.firmware, p.state, p.created_by, p.created_at, p.expires_at, p.ended_at, p.reason, p.evidence
     from opencapf_private.probe p join opencapf_private.device d on d.id = p.device_id
     where d.name = $1 order by p.id desc limit 1`,
    [deviceName],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { id, exchange, state, evidence } = row;
  return {
    ...{ id, exchange, state, evidence: evidence ?? undefined },
    ...{ model: row.model ?? undefined, firmware: row.firmware ?? undefined },
    ...{ createdBy: row.created_by, createdAt: row.created_at, expiresAt: row.expires_at },
    endedAt: row.ended_at ?? undefined,
    reason: row.reason ?? undefined,
  };
}

/**
 * Takes a device's waiting probe for a session, once and for all. Undefined when it waits no more.
 *
 * @param node - UUID of the one that serves the session
 */
export async function takeProbe(
  database: Database,
  id: number,
  node: string,
  now: Date,
): Promise<TakenProbe | undefined> {
  const { rows } = await database.prepared<Pick<ProbeRow, 'exchange' | 'model' | 'firmware'>>(
    'take-probe',
    `update opencapf_private.probe set state = 'running', node_id = $2, taken_at = now()
     where id = $1 and state = 'pending' and expires_at > $3 returning exchange, model, firmware`,
    [id, node, now],
  );
  const [row] = rows;
  return row && { id, exchange: row.exchange, model: row.model ?? undefined, firmware: row.firmware ?? undefined };
}

/** Writes down what a probe has shown, with the audit. @param evidence - anonymous */
export async function finishProbe(
  database: Database,
  id: number,
  deviceName: string,
  evidence: object,
  now: Date,
  remoteAddress: string,
): Promise<void> {
  await database.transaction(async (queries) => {
    const { numAffectedRows } = await sql`
      update opencapf_private.probe set state = 'done', ended_at = ${now}, evidence = ${JSON.stringify(evidence)}::jsonb
      where id = ${id} and state = 'running'`.execute(queries);
    if (numAffectedRows === 0n) return;
    await auditProbe(queries, 'probe.finish', deviceName, { name: deviceName, remoteAddress }, {});
  });
}

/**
 * Ends probes that nobody carries out any more, with the reason and the audit: their nodes are gone, or they run for longer than
 * any session may. Which nodes are gone `endLostSessions` finds out.
 *
 * @param longestSessionMs - milliseconds
 * @returns how many
 */
export async function endLostProbes(database: Database, longestSessionMs: number): Promise<number> {
  return await database.transaction(async (queries) => {
    const { rows } = await sql<{ name: string; reason: string }>`
      with lost as (
        update opencapf_private.probe p
        set state = 'cancelled', ended_at = now(),
          reason = case when exists (select from opencapf_private.node n where n.id = p.node_id)
            then 'The session broke off. Queue the probe again.'
            else 'The node that carried it out is gone. Queue the probe again.' end
        where p.state = 'running' and (
          (p.node_id is not null and not exists (select from opencapf_private.node n where n.id = p.node_id))
          or coalesce(p.taken_at, p.expires_at) < now() - ${longestSessionMs} * interval '1 millisecond')
        returning p.device_id, p.reason)
      select d.name, lost.reason from lost join opencapf_private.device d on d.id = lost.device_id`.execute(queries);
    for (const { name, reason } of rows) await auditProbe(queries, 'probe.lost', name, { name: 'system' }, { reason });
    return rows.length;
  });
}

interface ProbeRow {
  readonly id: number;
  readonly exchange: string;
  readonly model: string | null;
  readonly firmware: string | null;
  readonly state: ProbeRecord['state'];
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly reason: string | null;
  readonly evidence: Readonly<Record<string, unknown>> | null;
}

async function auditProbe(
  queries: Parameters<typeof recordAudit>[0],
  action: string,
  subject: string,
  { name: actor, remoteAddress }: Author,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await recordAudit(queries, { actor, action, subjectKind: 'device', subject, remoteAddress, detail });
}
