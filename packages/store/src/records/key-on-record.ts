import type { Database } from '../database/connect.js';
import { endingOfSession, type SessionEnding } from './session-facts.js';

/** What is on record about the certificates of a device whose phone shows one. */
export interface KeyOnRecord {
  /** The installed LSC, whether the contract shows it or it was noted as gone from the phone. */
  readonly lsc: number | undefined;
  /** The certificate that the contract shows. */
  readonly shown: number | undefined;
  readonly lscGone: boolean;
  /** The certificate in question, if it is this device's LSC and was issued here. */
  readonly asked: LscOnRecord | undefined;
}

export interface LscOnRecord {
  readonly id: number;
  readonly notAfter: Date;
  readonly installed: boolean;
  readonly superseded: boolean;
  readonly deleted: boolean;
  readonly revoked: boolean;
  /** Issued after every LSC that was ever installed on this device, and after its LSC was last deleted. */
  readonly newest: boolean;
}

interface KeyRow {
  readonly lsc: number | null;
  readonly shown: number | null;
  readonly gone: boolean;
  readonly id: number | null;
  readonly not_after: Date;
  readonly installed: boolean;
  readonly superseded: boolean;
  readonly deleted: boolean;
  readonly revoked: boolean;
  readonly newest: boolean;
}

/**
 * @param der - The certificate that the phone shows, DER; undefined when it shows none.
 * @returns undefined when there is no such device
 */
export async function readKeyOnRecord(
  database: Database,
  device: number,
  der: Uint8Array | undefined,
): Promise<KeyOnRecord | undefined> {
  const { rows } = await database.prepared<KeyRow>(
    'read-key-on-record',
    `select d.lsc_certificate_id as lsc, d.published_certificate_id as shown, d.lsc_gone_at is not null as gone,
       c.id, c.not_after, c.installed_at is not null as installed, c.superseded_at is not null as superseded,
       c.deleted_at is not null as deleted, c.revoked_at is not null or c.discarded_at is not null as revoked,
       not exists (select from opencapf_private.certificate e
           where e.device_id = d.id and e.type = 'LSC' and e.id <> c.id and e.installed_at is not null
             and (e.issued_at >= c.issued_at or e.issued_at is null))
         and not exists (select from opencapf_private.operation o
           where o.device_id = d.id and o.kind = 'delete' and o.state = 'successful' and o.ended_at >= c.issued_at)
         as newest
     from opencapf_private.device d
     left join opencapf_private.certificate c
       on c.device_id = d.id and c.der_sha256 = sha256($2) and c.type = 'LSC' and c.origin = 'issued'
     where d.id = $1`,
    [device, der],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    lsc: row.lsc ?? undefined,
    shown: row.shown ?? undefined,
    lscGone: row.gone,
    asked:
      row.id === null
        ? undefined
        : {
            id: row.id,
            notAfter: row.not_after,
            installed: row.installed,
            superseded: row.superseded,
            deleted: row.deleted,
            revoked: row.revoked,
            newest: row.newest,
          },
  };
}

/** What a key sync may change. */
export type KeyChange =
  /** An LSC whose acknowledgement was lost is installed, and the contract shows it. */
  | { readonly change: 'install'; readonly certificate: number }
  /** The contract shows the installed LSC again. */
  | { readonly change: 'showInstalled'; readonly certificate: number }
  /** The phone has no LSC; the installed one stays installed, the contract falls back to the MIC, else to nothing. */
  | { readonly change: 'lscGone' };

/** `lost`: nothing was recorded, since the facts changed meanwhile; `tooMany`: refused and audited, the session is still open. */
export type KeyChanged = 'done' | 'lost' | 'tooMany';

/**
 * Makes a change that was decided on what {@link readKeyOnRecord} gave, with the end of the session and the audit.
 *
 * @param mostChanges - in a day; showing the installed LSC again is never refused
 */
export async function changeKey(
  database: Database,
  device: number,
  session: number,
  wanted: KeyChange,
  seen: KeyOnRecord,
  mostChanges: number,
  ending: SessionEnding,
): Promise<KeyChanged> {
  const { rows } = await database.prepared<{ outcome: KeyChanged }>(
    'sync-key',
    'select opencapf_private.sync_key($1, $2, $3, $4, $5, $6, $7, $8, $9) as outcome',
    [
      device,
      session,
      wanted.change,
      'certificate' in wanted ? wanted.certificate : undefined,
      seen.lsc,
      seen.shown,
      ending.endedAt,
      mostChanges,
      endingOfSession(ending),
    ],
  );
  return rows[0]?.outcome ?? 'lost';
}
