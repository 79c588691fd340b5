import { sql } from 'kysely';
import type { Database } from '../database/connect.js';
import type { CertificateTable } from '../database/tables.js';
import { type Page, pageOf } from './page.js';

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
  /** Issued, never installed, and a newer request exists or the operation has ended (DESIGN, section 3). */
  readonly stale: boolean;
}

const factsOfCertificates = sql`
  select c.id, c.device_name as device, c.type, c.origin, c.operation_id as "operationId", c.session_id as "sessionId",
    encode(c.serial, 'hex') as serial, c.subject, c.issuer, c.not_before as "notBefore", c.not_after as "notAfter",
    c.md5hash, c.public_key_md5 as "publicKeyMd5", encode(c.der_sha256, 'hex') as sha256, c.created_at as "createdAt",
    c.intended_at as "intendedAt", c.issued_at as "issuedAt", c.sent_at as "sentAt", c.installed_at as "installedAt",
    c.superseded_at as "supersededAt", c.deleted_at as "deletedAt", c.revoked_at as "revokedAt",
    c.revocation_reason as "revocationReason",
    c.issued_at is not null and c.installed_at is null and c.revoked_at is null and (
      o.id is null or o.ended_at is not null
      or exists (select from opencapf_private.certificate n where n.operation_id = c.operation_id and n.id > c.id)
    ) as stale
  from opencapf_private.certificate c
  left join opencapf_private.operation o on o.id = c.operation_id`;

/**
 * The certificates of all devices that ever had this name, the newest first.
 *
 * @param before - the number that the page before ended with
 */
export async function listCertificates(
  database: Database,
  deviceName: string,
  limit: number,
  before: number | undefined,
): Promise<Page<CertificateFacts, number>> {
  const { rows } = await sql<CertificateFacts>`${factsOfCertificates}
    where c.device_name = ${deviceName} and (${before ?? null}::bigint is null or c.id < ${before ?? null}::bigint)
    order by c.id desc
    limit ${limit + 1}`.execute(database.queries);
  return pageOf(rows, limit, ({ id }) => id);
}

/** @returns undefined when there is no certificate of this number */
export async function readCertificateFacts(database: Database, id: number): Promise<CertificateFacts | undefined> {
  const { rows } = await sql<CertificateFacts>`${factsOfCertificates} where c.id = ${id}`.execute(database.queries);
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
