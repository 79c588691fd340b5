import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { type Page, pageOf } from '../page.js';

/** An address that is refused for guessing authentication strings. */
export interface Lockout {
  readonly id: number;
  /** An address; of IPv6, where no device stands beside it, a network in CIDR form. */
  readonly address: string;
  /** For which device; null for all. */
  readonly device: string | null;
  readonly wrongStrings: number;
  /** For how many devices they were given. */
  readonly devices: number;
  readonly lastAt: Date;
  readonly refusedUntil: Date;
}

/** Which refusals are meant. */
export interface LockoutFilter {
  /** An address, or a network in CIDR form, whose refusals are meant. */
  readonly address?: string | undefined;
  readonly device?: string | undefined;
}

/** Who is refused now, the newest first. @param before - the number that the page before ended with */
export async function listLockouts(
  database: Database,
  { address, device }: LockoutFilter,
  now: Date,
  limit: number,
  before: number | undefined,
): Promise<Page<Lockout, number>> {
  const { rows } = await sql<Lockout>`
    select g.id, ${addressText} as address, d.name as device, g.wrong_strings as "wrongStrings",
      cardinality(g.devices) as devices, g.last_at as "lastAt", g.refused_until as "refusedUntil"
    from opencapf_private.guessing g left join opencapf_private.device d on d.id = g.device_id
    where g.refused_until > ${now} and (${address ?? null}::inet is null or g.address <<= ${address ?? null}::inet)
      and (${device ?? null}::text is null or d.name = ${device ?? null}::text)
      and (${before ?? null}::bigint is null or g.id < ${before ?? null}::bigint)
    order by g.id desc
    limit ${limit + 1}`.execute(database.queries);
  return pageOf(rows, limit, ({ id }) => id);
}

/**
 * Lets in again who was refused, and forgets the wrong strings that led to it; one entry in the audit says so.
 *
 * @param which - a number of {@link listLockouts}, or those that a filter means
 * @returns how many were cleared; nothing is written to the audit when there are none
 */
export async function clearLockouts(
  database: Database,
  which: number | LockoutFilter,
  now: Date,
  author: Author,
): Promise<number> {
  const id = typeof which === 'number' ? which : null;
  const { address = null, device = null } = typeof which === 'number' ? {} : which;
  return await database.transaction(async (queries) => {
    const { rows } = await sql<{ address: string; device: string | null }>`
      delete from opencapf_private.guessing g
      where g.refused_until > ${now} and (${id}::bigint is null or g.id = ${id}::bigint)
        and (${address}::inet is null or g.address <<= ${address}::inet)
        and (${device}::text is null
          or g.device_id = (select d.id from opencapf_private.device d where d.name = ${device}::text))
      returning ${addressText} as address,
        (select d.name from opencapf_private.device d where d.id = g.device_id) as device`.execute(queries);
    const [first] = rows;
    if (first === undefined) return 0;
    await recordAudit(queries, {
      actor: author.name,
      action: 'lockout.clear',
      subjectKind: 'lockout',
      ...(rows.length === 1 ? { subject: [first.address, first.device ?? 'all devices'].join(' ') } : {}),
      remoteAddress: author.remoteAddress,
      detail: {
        cleared: rows.length,
        ...(address === null ? {} : { address }),
        ...(device === null ? {} : { device }),
      },
    });
    return rows.length;
  });
}

const addressText = sql<string>`case when family(g.address) = 6 and masklen(g.address) < 128
  then g.address::text else host(g.address) end`;
