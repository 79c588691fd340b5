import { sql } from 'kysely';
import type { Queries, Transactions } from '../../database/connect.js';
import type { EntryRole } from '../../database/tables-trust-lists.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { lockSubject } from '../locks.js';

/** A certificate that trust lists hold because an administrator wants it. */
export interface NewTrustListEntry {
  readonly role: EntryRole;
  /** DER. */
  readonly certificate: Uint8Array;
  /** Host name or address of the server, for layouts that tell it; empty where nobody said. */
  readonly dnsName: string;
  /** IPv4, dotted. */
  readonly ipAddress: string | null;
}

/** The same on record. */
export interface TrustListEntry extends NewTrustListEntry {
  readonly id: number;
  readonly certificate: Buffer;
  /** SHA-256 over the certificate, lower-case hex. */
  readonly sha256: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** All of them in the order in which they came, which is the one of the list. */
export async function listTrustListEntries(queries: Queries): Promise<readonly TrustListEntry[]> {
  const { rows } = await sql<TrustListEntry>`
    select id, role, certificate, encode(certificate_sha256, 'hex') as sha256, dns_name as "dnsName",
      ip_address as "ipAddress", created_at as "createdAt", created_by as "createdBy"
    from opencapf_private.trust_list_entry order by id`.execute(queries);
  return rows;
}

/** Puts a certificate on record. @returns `known` when it is, in this role */
export async function addTrustListEntry(
  database: Transactions,
  { role, certificate, dnsName, ipAddress }: NewTrustListEntry,
  author: Author,
): Promise<{ readonly outcome: 'added'; readonly id: number } | { readonly outcome: 'known' }> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const added = await queries
      .insertInto('trust_list_entry')
      .values({
        role,
        certificate: Buffer.from(certificate),
        dns_name: dnsName,
        ip_address: ipAddress,
        created_by: author.name,
      })
      .onConflict((conflict) => conflict.columns(['certificate_sha256', 'role']).doNothing())
      .returning(['id', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
      .executeTakeFirst();
    if (added === undefined) return { outcome: 'known' };
    const { id, sha256 } = added;
    await recordDeed(queries, author, 'trust-list-entry.add', subjectOf(id), { role, sha256, dnsName });
    return { outcome: 'added', id };
  });
}

/** Takes a certificate off the record; lists that are built from now on do not hold it. */
export async function removeTrustListEntry(
  database: Transactions,
  id: number,
  author: Author,
): Promise<'removed' | 'unknown'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const gone = await queries
      .deleteFrom('trust_list_entry')
      .where('id', '=', id)
      .returning(['role', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
      .executeTakeFirst();
    if (gone === undefined) return 'unknown';
    await recordDeed(queries, author, 'trust-list-entry.remove', subjectOf(id), { ...gone });
    return 'removed';
  });
}

function subjectOf(id: number): readonly [kind: string, name: string] {
  return ['trust-list-entry', String(id)];
}
