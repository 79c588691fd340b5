import { sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { StoredListKind } from '../../database/tables-trust-lists.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { recordAudit } from '../audit/audit.js';
import { listCapfIdentityRows } from '../authorities/capf-identity-states.js';
import { lockSubject } from '../locks.js';
import { type FileSignerFacts, type FileSignerKey, listFileSigners, readFileSigner } from './file-signers.js';
import { listTrustListEntries, type TrustListEntry } from './trust-list-entries.js';

/** What is to be served. */
export interface TrustListPlan {
  readonly servesCtl: boolean;
  readonly signedBy: 'sast' | 'recovery';
  /** The SAST certificate of another cluster, DER; null while phones are ours. */
  readonly releasedTo: Buffer | null;
}

/** All that trust lists are built from. */
export interface TrustListContent {
  readonly plan: TrustListPlan;
  /** Staged and active ones. */
  readonly signers: readonly FileSignerFacts[];
  readonly entries: readonly TrustListEntry[];
  /** CAPF's own certificates, DER: the active one, then staged ones. */
  readonly capf: readonly Buffer[];
}

/** A list as it is served. */
export interface BuiltTrustList {
  readonly bytes: Buffer;
  /** The first 16 hex digits of the SHA-256 of what it was built from. */
  readonly version: string;
}

/** A list that was built. */
export interface TrustListRecord extends BuiltTrustList {
  readonly id: number;
  readonly kind: StoredListKind;
  readonly signerId: number;
  readonly builtAt: Date;
  /** How many certificates it holds. */
  readonly certificates: number;
}

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

/** What lists are built from now. */
export async function readTrustListContent(queries: Queries): Promise<TrustListContent> {
  const { rows } = await sql<TrustListPlan>`
    select serves_ctl as "servesCtl", signed_by as "signedBy", released_to as "releasedTo"
    from opencapf_private.trust_list_plan`.execute(queries);
  const [plan] = rows;
  if (plan === undefined) throw new TypeError('the plan of the trust lists is not there');
  const [signers, entries, identities] = [
    await listFileSigners(queries),
    await listTrustListEntries(queries),
    await listCapfIdentityRows(queries),
  ];
  const inState = (wanted: string) =>
    identities.flatMap(({ state, certificate }) => (state === wanted ? [certificate] : []));
  return {
    plan,
    signers: signers.filter(({ state }) => state !== 'retired').reverse(),
    entries,
    capf: [...inState('active'), ...inState('staged').reverse()],
  };
}

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
    const content = await readTrustListContent(queries);
    const signer = await readFileSigner(queries, secretKey, content.plan.signedBy);
    const wanted = signer === undefined ? [] : await outdated(queries, builder);
    for (const kind of wanted) {
      if (signer === undefined) continue;
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
  });
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

/** The list to be served; undefined when none was built, and of a CTL that is not served. */
export async function currentTrustList(database: Database, kind: StoredListKind): Promise<BuiltTrustList | undefined> {
  const { rows } = await database.prepared<BuiltTrustList>(
    'current-trust-list',
    `select l.bytes, l.version from opencapf_private.trust_list l, opencapf_private.trust_list_plan p
     where l.kind = $1 and ($1 = 'itl' or p.serves_ctl) order by l.id desc limit 1`,
    [kind],
  );
  return rows[0];
}

/** Lists that were built, the newest first, as many as are remembered. */
export async function listTrustLists(queries: Queries): Promise<readonly TrustListRecord[]> {
  const { rows } = await sql<TrustListRecord>`
    select id, kind, bytes, version, signer_id as "signerId", built_at as "builtAt", cardinality(certificates) as certificates
    from opencapf_private.trust_list order by id desc`.execute(queries);
  return rows;
}
