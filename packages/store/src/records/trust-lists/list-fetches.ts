import { sql } from 'kysely';
import type { Queries } from '../../database/connect.js';

/** How far phones are with fetching a list that holds a certificate. */
export interface ListFetches {
  /** Whether a list that is served now holds it. */
  readonly isListed: boolean;
  /** Devices that fetch trust lists from us. */
  readonly devices: number;
  /** Those among them whose last list does not hold it. */
  readonly waiting: number;
  /** The first of these by name, 100 at most. */
  readonly waitingDevices: readonly string[];
  /** Devices on record that have never fetched a trust list from us. */
  readonly elsewhere: number;
}

/**
 * Which devices fetch their trust lists from us, and of these, whose last one does not hold a certificate.
 *
 * @param sha256 - over the certificate, hex
 * @param where - A certificate that files or servers are believed by serves in any list of the phone. Who signs lists must stand in
 * `everyList` that it fetched, also in a CTL that is served no longer: phones check their ITL by the CTL that they have.
 */
export async function readListFetches(
  queries: Queries,
  sha256: string,
  where: 'anyList' | 'everyList' = 'anyList',
): Promise<ListFetches> {
  const enough = where === 'anyList' ? sql`bool_or` : sql`bool_and`;
  const { rows } = await sql<ListFetches>`
    with served as (
      select distinct on (kind) certificates from opencapf_private.trust_list l, opencapf_private.trust_list_plan p
      where kind = 'itl' or p.serves_ctl order by kind, l.id desc),
    holding as (
      select distinct kind, version from opencapf_private.trust_list where decode(${sha256}, 'hex') = any (certificates)),
    fetched as (
      select device_name, ${enough}(exists (select from holding h where h.kind = f.file and h.version = f.version)) as has
      from opencapf_private.file_fetch f where file in ('itl', 'ctl') group by device_name)
    select
      coalesce((select bool_and(decode(${sha256}, 'hex') = any (certificates)) from served), false) as "isListed",
      (select count(*)::int from fetched) as devices,
      (select count(*)::int from fetched where not has) as waiting,
      coalesce((select array_agg(device_name) from (
        select device_name from fetched where not has order by device_name limit 100) w), '{}') as "waitingDevices",
      (select count(*)::int from opencapf_private.device d
        where not exists (select from fetched f where f.device_name = d.name)) as elsewhere`.execute(queries);
  const [found] = rows;
  if (found === undefined) throw new TypeError('no row about fetches');
  return found;
}
