import type { Database } from '../../database/connect.js';
import type { StoredListKind } from '../../database/tables-trust-lists.js';

/**
 * For how long a node that has heard of all changes may give files without asking what is on record, in milliseconds. Whoever waits that
 * long after a commit finds no node that gives what was there before it.
 */
export const fileLeaseMs = 25;

/** What of phones' files is on record at one moment. What was built from anything else is old. */
export interface FilesOnRecord {
  /** Who signs configuration files: SHA-256 over the certificate, lower-case hex; undefined: nobody yet. */
  readonly signer: string | undefined;
  /** Versions of the lists to be served; undefined: there is none. */
  readonly lists: Readonly<Record<StoredListKind, string | undefined>>;
  /** The `state` of each device that was asked for and is there, by name. */
  readonly devices: ReadonlyMap<string, string>;
}

/**
 * The state of device `d`, as text: another one whenever anything of what its files are built from is. Whatever changes that moves
 * `updated_at` on in the same transaction, by a millisecond at least (0001 `contract`, 0004 `device-configurations` and
 * `security-profiles`, 0006); the number tells a device from an earlier one of the same name.
 */
export const deviceState = "concat(d.id, ' ', extract(epoch from d.updated_at))";

/** Of who signs configuration files now: SHA-256 over the certificate, lower-case hex. */
export const activeFileSigner = `select encode(s.certificate_sha256, 'hex') from opencapf_private.file_signer s
  where s.purpose = 'tftp' and s.state = 'active'`;

type Row =
  | { readonly kind: 'device'; readonly name: string; readonly version: string }
  | { readonly kind: 'signer' | StoredListKind; readonly name: ''; readonly version: string | null };

/** What is on record now: one short statement for however many devices. */
export async function readFilesOnRecord(database: Database, devices: readonly string[]): Promise<FilesOnRecord> {
  // The planner cannot see through a subselect how many names there are: it would plan anew each time for those few, which takes longer
  // than to run it.
  const { rows } = await database.prepared<Row>(
    'read-files-on-record',
    `select 'device' as kind, d.name::text as name, ${deviceState} as version
     from opencapf_private.device d where d.name = any((select $1::text[])::text[])
     union all select 'signer', '', (${activeFileSigner})
     union all select 'itl', '', (${newestVersion('itl')})
     union all select 'ctl', '', (${newestVersion('ctl')}) from opencapf_private.trust_list_plan where serves_ctl`,
    [devices],
  );
  const versionOf = (kind: Row['kind']) => rows.find((row) => row.kind === kind)?.version ?? undefined;
  return {
    signer: versionOf('signer'),
    lists: { itl: versionOf('itl'), ctl: versionOf('ctl') },
    devices: new Map(rows.flatMap((row) => (row.kind === 'device' ? [[row.name, row.version] as const] : []))),
  };
}

function newestVersion(kind: StoredListKind): string {
  return `select l.version from opencapf_private.trust_list l where l.kind = '${kind}' order by l.id desc limit 1`;
}
