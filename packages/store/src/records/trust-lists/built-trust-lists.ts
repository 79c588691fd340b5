import { sql, type Transaction } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { StoredListKind } from '../../database/tables-trust-lists.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import { type FileSignerKey, readFileSigner } from './file-signers.js';
import { readTrustListContent, type TrustListContent } from './trust-list-content.js';

/** A list that a builder made. */
export interface NewTrustList {
  readonly bytes: Uint8Array;
  /** SHA-256 of each certificate that it holds, lower-case hex. */
  readonly certificates: readonly string[];
}

/** Builds lists from what is on record; under the lock of the trust lists. */
export interface TrustListBuilder {
  /** The version that a list of this content has. */
  versionOf(kind: StoredListKind, content: TrustListContent): string;
  /**
   * Whether a list of this version may go on being served for this content. Two nodes that would write it in other ways must not
   * build lists against each other: either's is current for both.
   */
  isCurrent(kind: StoredListKind, content: TrustListContent, version: string): boolean;
  build(kind: StoredListKind, content: TrustListContent, signer: FileSignerKey): Promise<NewTrustList>;
}

/** How many lists of each kind are remembered, so that it can be told who still has which. */
const keptLists = 100;

/**
 * Builds a new list of each kind that is served when its content is no longer that of the last one. Of all nodes one builds it, and
 * all serve its bytes.
 *
 * @returns the kinds that were built; none before there are signers
 * @throws StoreError `sealed-value-unreadable`; whatever the builder throws, with nothing kept
 */
export async function refreshTrustLists(
  database: Database,
  secretKey: SecretKey,
  builder: TrustListBuilder,
): Promise<readonly StoredListKind[]> {
  if ((await outdated(database.queries, builder)).length === 0) return [];
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    return await buildTrustLists(queries, secretKey, builder);
  });
}

/** The same in a transaction that has the lock of the trust lists, such as one that changes what they hold. */
export async function buildTrustLists(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  builder: TrustListBuilder,
): Promise<readonly StoredListKind[]> {
  const content = await readTrustListContent(queries);
  const signer = await readFileSigner(queries, secretKey, content.plan.signedBy);
  if (signer === undefined) return [];
  const wanted = await outdated(queries, builder);
  for (const kind of wanted) {
    const version = builder.versionOf(kind, content);
    const { bytes, certificates } = await builder.build(kind, content, signer);
    await queries
      .insertInto('trust_list')
      .values({
        kind,
        version,
        bytes: Buffer.from(bytes),
        signer_id: signer.id,
        certificates: certificates.map((hex) => Buffer.from(hex, 'hex')),
      })
      .execute();
    await forgetOldest(queries, kind);
    await recordAudit(queries, {
      actor: 'system',
      action: 'trust-list.build',
      subjectKind: 'trust-list',
      subject: kind,
      detail: { version, bytes: bytes.length, certificates: certificates.length, signer: signer.id },
    });
  }
  return wanted;
}

async function outdated(queries: Queries, builder: TrustListBuilder): Promise<readonly StoredListKind[]> {
  const content = await readTrustListContent(queries);
  if (!content.signers.some(({ purpose, state }) => purpose === 'sast' && state === 'active')) return [];
  const kinds: readonly StoredListKind[] = content.plan.servesCtl ? ['itl', 'ctl'] : ['itl'];
  const stale: StoredListKind[] = [];
  for (const kind of kinds) {
    const last = await queries
      .selectFrom('trust_list')
      .where('kind', '=', kind)
      .orderBy('id', 'desc')
      .select('version')
      .limit(1)
      .executeTakeFirst();
    if (last === undefined || !builder.isCurrent(kind, content, last.version)) stale.push(kind);
  }
  return stale;
}

async function forgetOldest(queries: Queries, kind: StoredListKind): Promise<void> {
  await sql`
    delete from opencapf_private.trust_list where kind = ${kind} and id not in (
      select id from opencapf_private.trust_list where kind = ${kind} order by id desc limit ${keptLists})`.execute(
    queries,
  );
}
