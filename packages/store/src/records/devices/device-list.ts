import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { OperationState } from '../../database/tables.js';
import { fetchIsCurrent, type TrackedFile } from '../files/file-fetches.js';
import { type Page, pageOf } from '../page.js';
import { type DeviceOverview, type DeviceRow, deviceOverview, selectDevices } from './device-overview.js';

/** Which devices: all that are given must hold. */
export interface DeviceFilter {
  /** What the name begins with. */
  readonly prefix?: string | undefined;
  /** Of the last operation. */
  readonly state?: OperationState | undefined;
  /** Whether an LSC is installed; `gone`: the phone was seen without the one on record. */
  readonly lsc?: 'installed' | 'none' | 'gone' | undefined;
  /** Whose installed LSC ends before this; the soonest come first. */
  readonly lscExpiresBefore?: Date | undefined;
  readonly model?: string | undefined;
  readonly devicePool?: string | undefined;
  /** The name of a security profile. */
  readonly securityProfile?: string | undefined;
  readonly resetRequired?: boolean | undefined;
  /** The name of an authority; null: devices that have the default one. */
  readonly certificateIssuer?: string | null | undefined;
  /** What it has of the full configuration file, encrypted or not; the partial one does not count. */
  readonly configurationFetched?: FetchStanding | undefined;
  /** What it has of ITL and CTL: with an old one beside a current one it has an old one. */
  readonly trustListFetched?: FetchStanding | undefined;
}

/** What a device has of its files: what would be served now, something older, or nothing. */
export type FetchStanding = 'current' | 'old' | 'never';

/** Where a page of devices ended: by name, or with `lscExpiresBefore` by the end of the LSC. */
export type DevicePlace = { readonly name: string } | { readonly notAfter: Date; readonly certificate: number };

/** Devices by name, or by the end of their LSC; each page costs the same however many there are. */
export async function listDevices(
  database: Database,
  filter: DeviceFilter,
  limit: number,
  after: DevicePlace | undefined,
): Promise<Page<DeviceOverview, DevicePlace>> {
  const byExpiry = filter.lscExpiresBefore !== undefined;
  const { source, order, where } = byExpiry
    ? fromExpiring(filter.lscExpiresBefore, after)
    : filter.state === undefined
      ? fromDevices(after)
      : fromOperations(filter.state, after);
  const { rows } = await selectDevices(source, [...where, ...conditions(filter)], order, limit + 1).execute(
    database.queries,
  );
  const page = pageOf(rows, limit, (last) => placeOf(last, byExpiry));
  return { rows: page.rows.map(deviceOverview), next: page.next };
}

function placeOf({ name, lscId, lscNotAfter }: DeviceRow, byExpiry: boolean): DevicePlace {
  return byExpiry && lscId !== null && lscNotAfter !== null ? { notAfter: lscNotAfter, certificate: lscId } : { name };
}

interface Source {
  readonly source: RawBuilder<unknown>;
  readonly where: readonly RawBuilder<unknown>[];
  readonly order: RawBuilder<unknown>;
}

// Each way in begins at the index that has the order of its list, so that a page reads little more than its own rows.

function fromDevices(after: DevicePlace | undefined): Source {
  return { source: sql`opencapf_private.device d`, where: afterName(sql`d.name`, after), order: sql`d.name` };
}

function fromOperations(state: OperationState, after: DevicePlace | undefined): Source {
  return {
    source: sql`opencapf_private.operation f join opencapf_private.device d on d.id = f.device_id`,
    where: [
      sql`f.state = ${state}`,
      sql`f.latest and f.device_id is not null`,
      ...afterName(sql`f.device_name`, after),
    ],
    order: sql`f.device_name`,
  };
}

function fromExpiring(before: Date | undefined, after: DevicePlace | undefined): Source {
  const place =
    after !== undefined && 'certificate' in after
      ? [sql`(l.not_after, l.id) > (${after.notAfter}, ${after.certificate})`]
      : [];
  const installed = sql`l.type = 'LSC' and l.installed_at is not null and l.superseded_at is null
    and l.deleted_at is null and l.revoked_at is null`;
  return {
    source: sql`opencapf_private.certificate l join opencapf_private.device d on d.id = l.device_id`,
    where: [installed, sql`l.not_after < ${before}`, ...place],
    order: sql`l.not_after, l.id`,
  };
}

function afterName(column: RawBuilder<unknown>, after: DevicePlace | undefined): readonly RawBuilder<unknown>[] {
  return after !== undefined && 'name' in after ? [sql`${column} > ${after.name}`] : [];
}

function conditions(filter: DeviceFilter): readonly RawBuilder<unknown>[] {
  const { prefix, state, lsc, lscExpiresBefore, model, devicePool, securityProfile, resetRequired, certificateIssuer } =
    filter;
  const found: RawBuilder<unknown>[] = [];
  if (prefix !== undefined) {
    // A range of names, which an index serves whatever the plan; "~" is beyond every character of a name.
    found.push(sql`d.name >= ${prefix}`, sql`d.name < ${`${prefix}~`}`);
    if (state !== undefined && lscExpiresBefore === undefined) {
      found.push(sql`f.device_name >= ${prefix}`, sql`f.device_name < ${`${prefix}~`}`);
    }
  }
  if (state !== undefined && lscExpiresBefore !== undefined) found.push(sql`o.state = ${state}`);
  if (lsc === 'installed') found.push(sql`d.lsc_certificate_id is not null`);
  if (lsc === 'none') found.push(sql`d.lsc_certificate_id is null`);
  if (lsc === 'gone') found.push(sql`d.lsc_gone_at is not null`);
  if (model !== undefined) found.push(sql`d.model = ${model}`);
  if (devicePool !== undefined) found.push(sql`d.device_pool = ${devicePool}`);
  if (securityProfile !== undefined) found.push(sql`d.security_profile = ${securityProfile}`);
  if (resetRequired !== undefined) found.push(resetRequired ? sql`d.reset_required` : sql`not d.reset_required`);
  if (certificateIssuer === null) found.push(sql`d.issuer_id is null`);
  if (certificateIssuer != null) {
    found.push(sql`d.issuer_id = (select id from opencapf_private.issuer where name = ${certificateIssuer})`);
  }
  if (filter.configurationFetched !== undefined) found.push(hasFetched(['configuration'], filter.configurationFetched));
  if (filter.trustListFetched !== undefined) found.push(hasFetched(['itl', 'ctl'], filter.trustListFetched));
  return found;
}

/** One that has an older list beside a current one has an older one. */
function hasFetched(files: readonly TrackedFile[], standing: FetchStanding): RawBuilder<unknown> {
  const fetched = sql`select from opencapf_private.file_fetch f where f.device_name = d.name and f.file in (${sql.join(files)})`;
  const old = sql`exists (${fetched} and not ${sql.raw(fetchIsCurrent)})`;
  switch (standing) {
    case 'current':
      return sql`exists (${fetched}) and not ${old}`;
    case 'old':
      return old;
    case 'never':
      return sql`not exists (${fetched})`;
  }
}
