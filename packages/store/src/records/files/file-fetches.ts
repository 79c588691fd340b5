import { runApart } from '../../database/apart.js';
import type { Database } from '../../database/connect.js';

/** The files of a device that are kept track of; `configuration` is the full one, encrypted or not. */
export type TrackedFile = 'configuration' | 'partial' | 'itl' | 'ctl';

/** A device has all of a file. */
export interface FileFetch {
  readonly device: string;
  readonly file: TrackedFile;
  /** SHA-256 over what the file was built from, the first 16 hex digits. */
  readonly version: string;
  /** The contract's `updated_at` of the state that a configuration was built from. */
  readonly stateAt?: Date | undefined;
  /** What a configuration was built from beside its device, as `keepFileSite` was told. */
  readonly site?: string | undefined;
  /** Who signed a configuration: SHA-256 over the certificate, hex. */
  readonly signer?: string | undefined;
  /** IP address of whoever fetched it, without a zone. */
  readonly address?: string | undefined;
  readonly at: Date;
}

/** What a device fetched last of one of its files. */
export interface LastFetch {
  readonly file: TrackedFile;
  readonly version: string;
  readonly fetchedAt: Date;
  /** From where; null: not known. Anybody may fetch a phone's files. */
  readonly address: string | null;
  /**
   * Whether another would be served now: the device has changed since the state that the file was built from, files are built from
   * other settings or signed by another, or there is a newer list.
   */
  readonly outdated: boolean;
}

const siteIsCurrent = `case when f.signer_sha256 is null
    then f.site = (select s.plain from opencapf_private.file_site s)
    else f.site = (select s.signed from opencapf_private.file_site s) and f.signer_sha256 = (
      select w.certificate_sha256 from opencapf_private.file_signer w where w.purpose = 'tftp' and w.state = 'active') end`;

/** Whether a fetch `f` of device `d` is of what would be served now. States are told apart by the millisecond. */
export const fetchIsCurrent = `(case when f.file in ('itl', 'ctl')
  then f.version is not distinct from (
    select l.version from opencapf_private.trust_list l where l.kind = f.file order by l.id desc limit 1)
  else f.state_at >= date_trunc('milliseconds', d.updated_at) and coalesce(${siteIsCurrent}, false) end)`;

/**
 * Takes note of many fetches with one statement; of one file of a device the last counts. Devices that are not on record are passed
 * over.
 */
export async function recordFetches(database: Database, fetches: readonly FileFetch[]): Promise<void> {
  const last = new Map<string, FileFetch>();
  for (const fetch of fetches) {
    const key = `${fetch.file} ${fetch.device}`;
    const known = last.get(key);
    if (known === undefined || known.at <= fetch.at) last.set(key, fetch);
  }
  const rows = [...last.values()];
  if (rows.length === 0) return;
  // In one order on all nodes, so that none waits for another in a circle. Apart, since hundreds of rows take longer than a phone should
  // wait for its file.
  await database.preparedApart(
    'record-fetches',
    `with given as (
       select d.name, f.file, f.version, f."stateAt" as state_at, f.site, decode(f.signer, 'hex') as signer_sha256, f.address,
         f.at as fetched_at
       from json_to_recordset($1) as f (device text, file text, version text, "stateAt" timestamptz, site text, signer text,
         address inet, at timestamptz)
       join opencapf_private.device d on d.name = f.device
       order by d.name, f.file for key share of d)
     insert into opencapf_private.file_fetch as known
       (device_name, file, version, state_at, site, signer_sha256, address, fetched_at)
     select * from given
     on conflict (device_name, file) do update
       set (version, state_at, site, signer_sha256, address, fetched_at) =
         (excluded.version, excluded.state_at, excluded.site, excluded.signer_sha256, excluded.address, excluded.fetched_at)
       where known.fetched_at <= excluded.fetched_at`,
    // One value: to write arrays of them holds the event loop for several times as long.
    [JSON.stringify(rows)],
  );
}

/** What a device fetched last, by file. */
export async function listFetches(database: Database, device: string): Promise<readonly LastFetch[]> {
  const { rows } = await database.prepared<LastFetch>(
    'list-fetches',
    `select f.file, f.version, f.fetched_at as "fetchedAt", host(f.address) as address,
       not ${fetchIsCurrent} as outdated
     from opencapf_private.file_fetch f join opencapf_private.device d on d.name = f.device_name
     where f.device_name = $1 order by f.file`,
    [device],
  );
  return rows;
}

/** Forgets who fetched what before, as of phones that are gone. @returns how many */
export async function forgetFetches(database: Database, before: Date): Promise<number> {
  const { rowCount } = await runApart(database, 'delete from opencapf_private.file_fetch where fetched_at < $1', [
    before,
  ]);
  return rowCount;
}
