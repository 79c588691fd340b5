import { type Selectable, sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { TrustCertificateTable } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import { type Page, pageOf } from '../page.js';

/** What a trusted certificate vouches for. */
export type TrustPurpose = TrustCertificateTable['purpose'];

/** A certificate of the CAPF trust store, as administrators see it. */
export interface TrustCertificate {
  /** SHA-256 over the DER, lower-case hex: its identity. Two of one name and different keys are two. */
  readonly sha256: string;
  readonly purpose: TrustPurpose;
  /** `file`: read from a file at start, and gone from here when the file is. */
  readonly source: 'file' | 'upload';
  /** The file's name without its directory. */
  readonly fileName: string | null;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether certificates that it signed are accepted after their end, and after its own. */
  readonly allowExpired: boolean;
  /** How many proofs and certificates of phones it vouched for. */
  readonly useCount: number;
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** A certificate that was read and may stand in the trust store. */
export interface NewTrustCertificate {
  readonly der: Uint8Array;
  /** SHA-256 over the DER, lower-case hex. */
  readonly sha256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What came of {@link addTrustCertificates}: all of the upload or nothing of it. */
export type TrustAdded =
  | { readonly outcome: 'stored'; readonly added: number; readonly certificates: readonly TrustCertificate[] }
  /** One of them stands in the store for something else. */
  | { readonly outcome: 'otherPurpose'; readonly certificate: TrustCertificate };

/**
 * By SHA-256.
 *
 * @param after - the SHA-256 that the page before ended with, lower-case hex
 */
export async function listTrustCertificates(
  database: Database,
  purpose: TrustPurpose | undefined,
  limit: number,
  after: string | undefined,
): Promise<Page<TrustCertificate, string>> {
  const rows = await database.queries
    .selectFrom('trust_certificate')
    .selectAll()
    .$if(purpose !== undefined, (query) => query.where('purpose', '=', purpose ?? 'mic'))
    .$if(after !== undefined, (query) => query.where('sha256', '>', Buffer.from(after ?? '', 'hex')))
    .orderBy('sha256')
    .limit(limit + 1)
    .execute();
  return pageOf(rows.map(facts), limit, ({ sha256 }) => sha256);
}

/**
 * @param sha256 - lower-case hex
 * @returns with the DER; undefined when there is none
 */
export async function readTrustCertificate(
  database: Database,
  sha256: string,
): Promise<(TrustCertificate & { readonly der: Buffer }) | undefined> {
  const row = await find(database.queries, sha256);
  return row === undefined ? undefined : { ...facts(row), der: row.der };
}

/**
 * Puts uploaded certificates into the store. One that is there already stays as it is, but for what is said of it here;
 * one that came by file stays when the file goes.
 *
 * @param allowExpired - left out: new ones do not, others as before
 */
export async function addTrustCertificates(
  database: Database,
  certificates: readonly NewTrustCertificate[],
  purpose: TrustPurpose,
  allowExpired: boolean | undefined,
  author: Author,
): Promise<TrustAdded> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-store');
    const known = new Map((await findAll(queries, certificates)).map((row) => [row.sha256, row]));
    const other = [...known.values()].find((row) => row.purpose !== purpose);
    if (other !== undefined) return { outcome: 'otherPurpose', certificate: other };
    for (const certificate of certificates) {
      const before = known.get(certificate.sha256);
      if (before === undefined) {
        await insert(queries, certificate, { purpose, uploaded: true, allowExpired: allowExpired ?? false }, author);
        continue;
      }
      await queries.updateTable('trust_certificate').set({ uploaded: true }).where(is(certificate.sha256)).execute();
      if (allowExpired !== undefined) await setAllowExpired(queries, before, allowExpired, author);
    }
    const stored = await findAll(queries, certificates);
    return { outcome: 'stored', added: certificates.length - known.size, certificates: stored };
  });
}

/**
 * Says whether certificates are accepted after their end, of this anchor.
 *
 * @param sha256 - lower-case hex
 * @returns undefined when there is no such certificate
 */
export async function allowExpiredUnder(
  database: Database,
  sha256: string,
  allowExpired: boolean,
  author: Author,
): Promise<TrustCertificate | undefined> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-store');
    const row = await find(queries, sha256);
    if (row === undefined) return undefined;
    await setAllowExpired(queries, facts(row), allowExpired, author);
    return { ...facts(row), allowExpired };
  });
}

/**
 * Takes an uploaded certificate out of the store.
 *
 * @param sha256 - lower-case hex
 * @returns `file`: it stands in a file and would be back at the next start
 */
export async function removeTrustCertificate(
  database: Database,
  sha256: string,
  author: Author,
): Promise<'removed' | 'unknown' | 'file'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-store');
    const row = await find(queries, sha256);
    if (row === undefined) return 'unknown';
    if (row.source === 'file') return 'file';
    await removeRow(queries, facts(row), author);
    return 'removed';
  });
}

/** Inserts one, with its entry in the audit. */
export async function insert(
  queries: Queries,
  { der, sha256, subject, issuer, notBefore, notAfter }: NewTrustCertificate,
  wanted: {
    readonly purpose: TrustPurpose;
    readonly uploaded: boolean;
    readonly fileName?: string;
    readonly allowExpired: boolean;
  },
  author: Author,
): Promise<void> {
  const { purpose, uploaded, fileName, allowExpired } = wanted;
  await queries
    .insertInto('trust_certificate')
    .values({
      der: Buffer.from(der),
      purpose,
      uploaded,
      file_name: fileName ?? null,
      subject,
      issuer,
      not_before: notBefore,
      not_after: notAfter,
      allow_expired: allowExpired,
      created_by: author.name,
    })
    .execute();
  await audit(queries, 'trust.add', sha256, { subject, purpose, allowExpired, fileName }, author);
}

/** Deletes one, with its entry in the audit. */
export async function removeRow(
  queries: Queries,
  { sha256, subject, purpose }: TrustCertificate,
  author: Author,
): Promise<void> {
  await queries.deleteFrom('trust_certificate').where(is(sha256)).execute();
  await audit(queries, 'trust.remove', sha256, { subject, purpose }, author);
}

/** @param sha256 - lower-case hex */
export function is(sha256: string) {
  return sql<boolean>`sha256 = ${Buffer.from(sha256, 'hex')}`;
}

/** The row as {@link TrustCertificate}. */
export function facts(row: Selectable<TrustCertificateTable>): TrustCertificate {
  return {
    sha256: row.sha256.toString('hex'),
    purpose: row.purpose,
    source: row.source,
    fileName: row.file_name,
    subject: row.subject,
    issuer: row.issuer,
    notBefore: row.not_before,
    notAfter: row.not_after,
    allowExpired: row.allow_expired,
    useCount: row.use_count,
    lastUsedAt: row.last_used_at,
    createdAt: row.created_at,
    createdBy: row.created_by,
  };
}

async function find(queries: Queries, sha256: string): Promise<Selectable<TrustCertificateTable> | undefined> {
  return await queries.selectFrom('trust_certificate').selectAll().where(is(sha256)).executeTakeFirst();
}

async function findAll(
  queries: Queries,
  certificates: readonly NewTrustCertificate[],
): Promise<readonly TrustCertificate[]> {
  const rows = await queries
    .selectFrom('trust_certificate')
    .selectAll()
    .where(
      'sha256',
      'in',
      certificates.map(({ sha256 }) => Buffer.from(sha256, 'hex')),
    )
    .execute();
  const bySha256 = new Map(rows.map((row) => [row.sha256.toString('hex'), facts(row)]));
  return certificates.flatMap(({ sha256 }) => bySha256.get(sha256) ?? []);
}

async function setAllowExpired(
  queries: Queries,
  { sha256, subject, allowExpired: before }: TrustCertificate,
  allowExpired: boolean,
  author: Author,
): Promise<void> {
  if (allowExpired === before) return;
  await queries.updateTable('trust_certificate').set({ allow_expired: allowExpired }).where(is(sha256)).execute();
  await audit(queries, 'trust.change', sha256, { subject, allowExpired: { before, after: allowExpired } }, author);
}

async function audit(
  queries: Queries,
  action: string,
  sha256: string,
  detail: Readonly<Record<string, unknown>>,
  { name, remoteAddress }: Author,
): Promise<void> {
  await recordAudit(queries, {
    actor: name,
    action,
    subjectKind: 'trust-certificate',
    subject: sha256,
    detail,
    remoteAddress,
  });
}
