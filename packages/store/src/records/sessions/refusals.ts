import { runApart } from '../../database/apart.js';
import type { Database } from '../../database/connect.js';
import { type SessionBeginning, type SessionEnding, sessionFacts } from './session-facts.js';

/** Sessions with a record of their own among those that are counted together. */
const ownRecords = 10;

/**
 * Records a refused session, and says so in the audit. Refusals are counted by address, device and minute, all devices
 * that nobody knows as one: the first of them have a record of their own, so that a stranger who knocks on and on fills
 * no table.
 *
 * @param network - the address, or of IPv6 its /64 in CIDR form
 * @returns the id of its record, where it has one
 */
export async function recordRefusal(
  database: Database,
  beginning: SessionBeginning,
  ending: SessionEnding,
  network: string,
): Promise<number | undefined> {
  const { rows } = await database.prepared<{ id: number | null }>(
    'record-refusal',
    'select opencapf_private.record_refusal($1, $2::inet, $3, $4) as id',
    [sessionFacts(beginning, ending), network, ending.endedAt, ownRecords],
  );
  return rows[0]?.id ?? undefined;
}

const batch = 1_000;

/** Says in the audit how many sessions were refused in the minutes that are over by then. @returns how many counts there were */
export async function sumUpRefusals(database: Database, until: Date): Promise<number> {
  for (let all = 0; ; ) {
    const { rows } = await runApart<{ taken: number }>(
      database,
      'select opencapf_private.sum_up_refusals($1, $2) as taken',
      [until, batch],
    );
    const taken = rows[0]?.taken ?? 0;
    all += taken;
    if (taken < batch) return all;
  }
}

/** Outcomes of sessions that are refused before the device is known. */
const ofNobody = ['device-unknown', 'phone-spoke-wrongly', 'phone-gave-up'];

/** How many records of sessions are kept that anybody can make. */
export interface KeptSessions {
  /** Of devices that nobody knows, and of whoever gave no name, in all. */
  readonly ofUnknownDevices: number;
  /** Of each device, those that authenticated nobody. */
  readonly ofDevice: number;
}

/**
 * Forgets the oldest records of sessions that anybody can make: of unknown devices, and of devices that came again and
 * again in the last minutes without authenticating.
 *
 * @returns how many
 */
export async function trimSessions(
  database: Database,
  now: Date,
  kept: KeptSessions = { ofUnknownDevices: 10_000, ofDevice: 100 },
): Promise<number> {
  const { rowCount: unknown } = await runApart(
    database,
    `delete from opencapf_private.session s
     where s.device_id is null and s.outcome = any ($2)
       and s.id <= (select t.id from opencapf_private.session t
         where t.device_id is null and t.outcome = any ($2) order by t.id desc offset $1 limit 1)`,
    [kept.ofUnknownDevices, ofNobody],
  );
  const { rowCount: known } = await runApart(
    database,
    `delete from opencapf_private.session s
     using (
       select r.device_id, (
         select t.id from opencapf_private.session t
         where t.device_id = r.device_id and t.authenticated_at is null and t.ended_at is not null
         order by t.id desc offset $2 limit 1) as last
       from opencapf_private.session r
       where r.started_at > $1 and r.device_id is not null group by r.device_id having count(*) > 2) busy
     where s.device_id = busy.device_id and s.id <= busy.last
       and s.authenticated_at is null and s.ended_at is not null`,
    [new Date(now.getTime() - 120_000), kept.ofDevice],
  );
  return unknown + known;
}
