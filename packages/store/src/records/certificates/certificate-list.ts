import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { CertificateTable } from '../../database/tables.js';
import { type Page, pageOf } from '../page.js';

/** A certificate as administrators see it. Moments that have not come are null. */
export interface CertificateFacts {
  readonly id: number;
  readonly device: string;
  readonly type: CertificateTable['type'];
  readonly origin: CertificateTable['origin'];
  readonly operationId: number | null;
  readonly sessionId: number | null;
  /** Lower-case hex. */
  readonly serial: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly md5hash: string | null;
  readonly publicKeyMd5: string;
  /** SHA-256 over the certificate, lower-case hex. */
  readonly sha256: string | null;
  readonly createdAt: Date;
  readonly intendedAt: Date | null;
  readonly issuedAt: Date | null;
  readonly sentAt: Date | null;
  readonly installedAt: Date | null;
  readonly supersededAt: Date | null;
  readonly deletedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revocationReason: string | null;
  /** When it was taken out of view as stale. */
  readonly discardedAt: Date | null;
  /** Issued, never installed, and a newer request exists or the operation has ended (DESIGN, section 3). */
  readonly stale: boolean;
}

const factsOfCertificate = sql`c.id, c.device_name as device, c.type, c.origin, c.operation_id as "operationId", c.session_id as "sessionId",
    encode(c.serial, 'hex') as serial, c.subject, c.issuer, c.not_before as "notBefore", c.not_after as "notAfter",
    c.md5hash, c.public_key_md5 as "publicKeyMd5", encode(c.der_sha256, 'hex') as sha256, c.created_at as "createdAt",
    c.intended_at as "intendedAt", c.issued_at as "issuedAt", c.sent_at as "sentAt", c.installed_at as "installedAt",
    c.superseded_at as "supersededAt", c.deleted_at as "deletedAt", c.revoked_at as "revokedAt",
    c.revocation_reason as "revocationReason",
    c.discarded_at as "discardedAt",
    exists (select from opencapf_private.stale_certificate s where s.id = c.id) as stale`;

/** Which certificates: all that are given must hold. */
export interface CertificateFilter {
  /** Of all devices that ever had this name. */
  readonly device?: string | undefined;
  /** Without it: all but those that were taken out of view. */
  readonly state?: 'installed' | 'stale' | 'revoked' | 'discarded' | undefined;
  /** That end before this. Of installed ones, which are meant when no state is given, the soonest come first. */
  readonly expiresBefore?: Date | undefined;
}

/** Where a page of certificates ended. */
export type CertificatePlace = { readonly id: number } | { readonly notAfter: Date; readonly id: number };

/** Certificates, the newest first unless {@link CertificateFilter} says otherwise. */
export async function listCertificates(
  database: Database,
  { device, state, expiresBefore }: CertificateFilter,
  limit: number,
  after: CertificatePlace | undefined,
): Promise<Page<CertificateFacts, CertificatePlace>> {
  const wanted = state ?? (expiresBefore === undefined ? undefined : 'installed');
  const byEnd = wanted === 'installed' && expiresBefore !== undefined;
  const where = [
    inState(wanted),
    ...(device === undefined ? [] : [sql`c.device_name = ${device}`]),
    ...(expiresBefore === undefined ? [] : [sql`c.not_after < ${expiresBefore}`]),
    ...(after === undefined ? [] : [beyond(after)]),
  ];
  const { rows } = await sql<CertificateFacts>`
    select ${factsOfCertificate}
    from ${wanted === 'stale' ? stale : sql`opencapf_private.certificate c`}
    where ${sql.join(where, sql` and `)}
    order by ${byEnd ? sql`c.not_after, c.id` : sql`c.id desc`}
    limit ${limit + 1}`.execute(database.queries);
  return pageOf(rows, limit, ({ id, notAfter }) => (byEnd && notAfter !== null ? { notAfter, id } : { id }));
}

const stale = sql`opencapf_private.stale_certificate v join opencapf_private.certificate c on c.id = v.id`;

function inState(state: CertificateFilter['state']): RawBuilder<unknown> {
  switch (state) {
    case undefined:
      return sql`c.discarded_at is null`;
    case 'installed':
      return sql`c.type = 'LSC' and c.installed_at is not null and c.superseded_at is null and c.deleted_at is null
        and c.revoked_at is null`;
    case 'stale':
      return sql`true`;
    case 'revoked':
      return sql`c.revoked_at is not null and c.discarded_at is null`;
    case 'discarded':
      return sql`c.revoked_at is not null and c.discarded_at is not null`;
  }
}

function beyond(place: CertificatePlace): RawBuilder<unknown> {
  return 'notAfter' in place ? sql`(c.not_after, c.id) > (${place.notAfter}, ${place.id})` : sql`c.id < ${place.id}`;
}

/** @returns undefined when there is no certificate of this number */
export async function readCertificateFacts(database: Database, id: number): Promise<CertificateFacts | undefined> {
  const { rows } = await sql<CertificateFacts>`
    select ${factsOfCertificate} from opencapf_private.certificate c where c.id = ${id}`.execute(database.queries);
  return rows[0];
}

/**
 * The certificate that the contract shows of a device, DER.
 *
 * @returns undefined when there is no such device; `der` is null when it shows none
 */
export async function readShownCertificate(
  database: Database,
  deviceName: string,
): Promise<{ readonly der: Buffer | null } | undefined> {
  return await database.queries
    .selectFrom('device')
    .leftJoin('certificate', 'certificate.id', 'device.published_certificate_id')
    .where('device.name', '=', deviceName)
    .select('certificate.der')
    .executeTakeFirst();
}

/** The certificates of all issuers that signed LSCs here, retired ones too, DER. */
export async function listIssuerCertificates(database: Database): Promise<readonly Buffer[]> {
  const rows = await database.queries.selectFrom('issuer').select('certificate').orderBy('id').execute();
  return rows.flatMap(({ certificate }) => (certificate === null ? [] : [certificate]));
}
