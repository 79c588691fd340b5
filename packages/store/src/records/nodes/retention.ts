import type { Database } from '../../database/connect.js';
import { recordAudit } from '../audit/audit.js';

/** Before when records that are over are forgotten. */
export interface Retention {
  /** Sessions that ended before. */
  readonly sessions: Date;
  /** Operations that ended before. */
  readonly operations: Date;
  /** LSCs that were superseded or deleted before, and whose own end was before too. */
  readonly certificates: Date;
}

/** How many records were forgotten. */
export type Forgotten = { readonly [Kind in keyof Retention]: number };

/** Rows that one statement looks at: nobody waits for it for long. */
const batch = 1_000;

/**
 * Forgets what is over for longer than it is to be kept, batch by batch, and says so in the audit. Never forgotten are: the
 * last session and the last operation of a device, the session of an operation that is on record, and certificates that
 * somebody might still show, that are revoked, or that were not issued here.
 */
export async function forgetOld(database: Database, before: Retention): Promise<Forgotten> {
  // Operations first: a session is kept for its operation's sake.
  const operations = await forgetOperations(database, before.operations);
  const sessions = await forgetSessions(database, before.sessions);
  const certificates =
    (await forgetCertificates(database, 'superseded_at', before.certificates)) +
    (await forgetCertificates(database, 'deleted_at', before.certificates));
  const forgotten = { operations, sessions, certificates };
  if (operations + sessions + certificates > 0) {
    await recordAudit(database.queries, {
      actor: 'system',
      action: 'records.forget',
      detail: { ...forgotten, before },
    });
  }
  return forgotten;
}

interface Walked {
  readonly last: number | null;
  readonly old: boolean;
  readonly gone: number;
}

/** Walks a table by its rows' numbers, which rise with time, as far as it is old. */
async function walk(step: (after: number) => Promise<Walked | undefined>): Promise<number> {
  let gone = 0;
  for (let after = 0; ; ) {
    const walked = await step(after);
    gone += walked?.gone ?? 0;
    if (walked?.last == null || !walked.old) return gone;
    after = walked.last;
  }
}

async function forgetOperations(database: Database, before: Date): Promise<number> {
  return await walk(async (after) => {
    const { rows } = await database.prepared<Walked>(
      'forget-operations',
      `with page as (
         select o.id, o.created_at from opencapf_private.operation o where o.id > $1 order by o.id limit ${batch}),
       gone as (
         delete from opencapf_private.operation o using page p
         where o.id = p.id and o.ended_at < $2 and (not o.latest or o.device_id is null) returning o.id)
       select max(p.id) as last, coalesce(bool_or(p.created_at < $2), false) as old,
         (select count(*)::integer from gone) as gone from page p`,
      [after, before],
    );
    return rows[0];
  });
}

async function forgetSessions(database: Database, before: Date): Promise<number> {
  return await walk(async (after) => {
    const { rows } = await database.prepared<Walked>(
      'forget-sessions',
      `with page as (
         select s.id, s.started_at from opencapf_private.session s where s.id > $1 order by s.id limit ${batch}),
       gone as (
         delete from opencapf_private.session s using page p
         where s.id = p.id and s.ended_at < $2
           and (s.device_id is null or exists (
             select from opencapf_private.session n where n.device_id = s.device_id and n.id > s.id))
           and not exists (
             select from opencapf_private.operation o where o.id = s.operation_id and o.session_id = s.id)
         returning s.id)
       select max(p.id) as last, coalesce(bool_or(p.started_at < $2), false) as old,
         (select count(*)::integer from gone) as gone from page p`,
      [after, before],
    );
    return rows[0];
  });
}

/** @param over - the moment since when they are out of use; each has an index */
async function forgetCertificates(
  database: Database,
  over: 'superseded_at' | 'deleted_at',
  before: Date,
): Promise<number> {
  let gone = 0;
  // As text, which keeps the microseconds that a Date would lose.
  for (let place: readonly [string, number] = ['-infinity', 0]; ; ) {
    const { rows } = await database.prepared<{ last: number | null; over: string; gone: number }>(
      `forget-certificates-${over}`,
      `with page as (
         select c.id, c.${over} as over from opencapf_private.certificate c
         where c.${over} < $1 and (c.${over}, c.id) > ($2::timestamptz, $3::bigint) order by c.${over}, c.id limit ${batch}),
       gone as (
         delete from opencapf_private.certificate c using page p
         where c.id = p.id and c.type = 'LSC' and c.origin = 'issued' and c.not_after < $1 and c.revoked_at is null
         returning c.id)
       select p.id as last, p.over::text as over, (select count(*)::integer from gone) as gone
         from page p order by p.over desc, p.id desc limit 1`,
      [before, ...place],
    );
    const [page] = rows;
    if (page?.last == null) return gone;
    gone += page.gone;
    place = [page.over, page.last];
  }
}
