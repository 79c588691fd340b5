import type { Database } from '../../database/connect.js';
import { endingOfSession, type SessionEnding } from '../sessions/session-facts.js';
import { type SeenCertificate, seenFacts } from './seen-certificate.js';

/** What is on record about the certificates of a device whose phone shows one. */
export interface KeyOnRecord {
  /** The installed LSC, whether the contract shows it or it was noted as gone from the phone. */
  readonly lsc: number | undefined;
  /** Whether that LSC is one of another cluster, of which this one knows by a phone that proved itself with it. */
  readonly lscIsForeign: boolean;
  readonly mic: number | undefined;
  /** The certificate that the contract shows. */
  readonly shown: number | undefined;
  readonly lscGone: boolean;
  /** Whether a SUDI proof of this device was ever verified. */
  readonly sudiSeen: boolean;
  /** The certificate in question, if it is on record for this device. */
  readonly asked: CertificateOnRecord | undefined;
  /** Whether the certificate in question is revoked, whosever it was. */
  readonly askedRevoked: boolean;
  /** Another device, for which the key in question is on record. */
  readonly keyOfAnother: string | undefined;
}

export interface CertificateOnRecord {
  readonly id: number;
  readonly type: 'LSC' | 'MIC';
  /** By an issuer of ours, through an operation. */
  readonly issuedHere: boolean;
  readonly notAfter: Date;
  readonly installed: boolean;
  readonly superseded: boolean;
  readonly deleted: boolean;
  readonly revoked: boolean;
  /** An LSC issued after every LSC that was ever installed on this device, and after its LSC was last deleted. */
  readonly newest: boolean;
}

interface KeyRow {
  readonly lsc: number | null;
  readonly lsc_origin: string | null;
  readonly mic: number | null;
  readonly shown: number | null;
  readonly gone: boolean;
  readonly sudi_seen: boolean;
  readonly asked_revoked: boolean;
  readonly key_of_another: string | null;
  readonly id: number | null;
  readonly type: 'LSC' | 'MIC';
  readonly origin: string;
  readonly not_after: Date;
  readonly installed: boolean;
  readonly superseded: boolean;
  readonly deleted: boolean;
  readonly revoked: boolean;
  readonly newest: boolean;
}

/**
 * @param der - The certificate that the phone shows, DER; undefined when it shows none.
 * @param publicKey - Its key, DER SubjectPublicKeyInfo; undefined when it cannot be read or does not matter.
 * @returns undefined when there is no such device
 */
export async function readKeyOnRecord(
  database: Database,
  device: number,
  der: Uint8Array | undefined,
  publicKey?: Uint8Array,
): Promise<KeyOnRecord | undefined> {
  const { rows } = await database.prepared<KeyRow>(
    'read-key-on-record',
    `select d.lsc_certificate_id as lsc, l.origin as lsc_origin, d.mic_certificate_id as mic,
       d.published_certificate_id as shown, d.lsc_gone_at is not null as gone, d.sudi_seen_at is not null as sudi_seen,
       $2::bytea is not null and opencapf_private.any_revoked(array[$2]) as asked_revoked,
       (select k.device_name from opencapf_private.certificate k
         where k.public_key_sha256 = sha256($3) and k.device_name <> d.name limit 1) as key_of_another,
       c.id, c.type, c.origin, c.not_after, c.installed_at is not null as installed,
       c.superseded_at is not null as superseded, c.deleted_at is not null as deleted,
       c.revoked_at is not null or c.discarded_at is not null as revoked,
       c.type = 'LSC' and c.origin = 'issued'
         and not exists (select from opencapf_private.certificate e
           where e.device_id = d.id and e.type = 'LSC' and e.id <> c.id and e.installed_at is not null
             and (e.issued_at >= c.issued_at or e.issued_at is null))
         and not exists (select from opencapf_private.operation o
           where o.device_id = d.id and o.kind = 'delete' and o.state = 'successful' and o.ended_at >= c.issued_at)
         as newest
     from opencapf_private.device d
     left join opencapf_private.certificate l on l.id = d.lsc_certificate_id
     left join opencapf_private.certificate c on c.device_id = d.id and c.der_sha256 = sha256($2)
     where d.id = $1`,
    [device, der, publicKey],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    lsc: row.lsc ?? undefined,
    lscIsForeign: row.lsc_origin === 'presented',
    mic: row.mic ?? undefined,
    shown: row.shown ?? undefined,
    lscGone: row.gone,
    sudiSeen: row.sudi_seen,
    asked: row.id === null ? undefined : certificateOnRecord(row, row.id),
    askedRevoked: row.asked_revoked,
    keyOfAnother: row.key_of_another ?? undefined,
  };
}

function certificateOnRecord(row: KeyRow, id: number): CertificateOnRecord {
  return {
    id,
    type: row.type,
    issuedHere: row.origin === 'issued',
    notAfter: row.not_after,
    installed: row.installed,
    superseded: row.superseded,
    deleted: row.deleted,
    revoked: row.revoked,
    newest: row.newest,
  };
}

/** What a key sync may change. */
export type KeyChange =
  /** An LSC whose acknowledgement was lost is installed, and the contract shows it. */
  | { readonly change: 'install'; readonly certificate: number }
  /** The contract shows the installed LSC again. */
  | { readonly change: 'showInstalled'; readonly certificate: number }
  /** The phone has no LSC; the installed one stays installed, the contract falls back to the MIC, else to nothing. */
  | { readonly change: 'lscGone' }
  /** The MIC is on record, and the contract shows it; an installed LSC is noted as gone from the phone. */
  | { readonly change: 'showMic'; readonly seen: SeenCertificate }
  /** An LSC of another cluster is on record as the one that the phone has, and the contract shows it. */
  | { readonly change: 'installForeign'; readonly seen: SeenCertificate };

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
  known: KeyOnRecord,
  mostChanges: number,
  ending: SessionEnding,
): Promise<KeyChanged> {
  const { rows } = await database.prepared<{ outcome: KeyChanged }>(
    'sync-key',
    'select opencapf_private.sync_key($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as outcome',
    [
      device,
      session,
      wanted.change,
      'certificate' in wanted ? wanted.certificate : undefined,
      'seen' in wanted ? seenFacts(wanted.seen) : undefined,
      known.lsc,
      known.shown,
      ending.endedAt,
      mostChanges,
      endingOfSession(ending),
    ],
  );
  return rows[0]?.outcome ?? 'lost';
}
