import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { IssuerTable } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { type Page, pageOf } from '../page.js';

/** Who signs or signed LSCs here, as administrators see it. */
export interface IssuerFacts {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly state: IssuerTable['state'];
  /** Whether it signs for devices that ask for no other. */
  readonly isDefault: boolean;
  /** DER; null as long as an authority elsewhere has not shown its own. */
  readonly certificate: Buffer | null;
  /** SHA-256 over the certificate, lower-case hex. */
  readonly sha256: string | null;
  /** Until when LSCs that it signed prove a phone's identity after their end. */
  readonly acceptExpiredUntil: Date | null;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

const factsOfIssuers = sql`
  select i.id, i.name, i.kind, i.state, i.is_default as "isDefault", i.certificate,
    encode(i.certificate_sha256, 'hex') as sha256, i.accept_expired_until as "acceptExpiredUntil",
    i.created_at as "createdAt", i.retired_at as "retiredAt"
  from opencapf_private.issuer i`;

/**
 * The issuers in the order in which they were made, retired ones too.
 *
 * @param after - the number that the page before ended with
 */
export async function listIssuers(
  database: Database,
  limit: number,
  after: number | undefined,
): Promise<Page<IssuerFacts, number>> {
  const { rows } = await sql<IssuerFacts>`${factsOfIssuers} where i.id > ${after ?? 0} order by i.id
    limit ${limit + 1}`.execute(database.queries);
  return pageOf(rows, limit, ({ id }) => id);
}

/** @returns undefined when there is no issuer of this number */
export async function readIssuer(database: Database, id: number): Promise<IssuerFacts | undefined> {
  const { rows } = await sql<IssuerFacts>`${factsOfIssuers} where i.id = ${id}`.execute(database.queries);
  return rows[0];
}

/**
 * Sets until when LSCs of an issuer prove a phone's identity after their end. It holds for the next phone on every node.
 *
 * @param until - null: not at all
 * @returns whether there is such an issuer
 */
export async function acceptExpiredOf(
  database: Database,
  issuer: number,
  until: Date | null,
  author: Author,
): Promise<boolean> {
  return await database.transaction(async (queries) => {
    const row = await queries
      .selectFrom('issuer')
      .where('id', '=', issuer)
      .select(['name', 'accept_expired_until as before'])
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return false;
    if (row.before?.getTime() === until?.getTime()) return true;
    await queries.updateTable('issuer').set({ accept_expired_until: until }).where('id', '=', issuer).execute();
    await recordAudit(queries, {
      actor: author.name,
      action: 'issuer.change',
      subjectKind: 'issuer',
      subject: row.name,
      remoteAddress: author.remoteAddress,
      detail: { issuer, acceptExpiredUntil: until, before: row.before },
    });
    return true;
  });
}
