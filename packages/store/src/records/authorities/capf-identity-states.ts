import { sql } from 'kysely';
import type { Database, Queries, Transactions } from '../../database/connect.js';
import type { CapfIdentityTable } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import { type ActivationHold, type ActivationWish, activationHold } from '../trust-lists/activation-hold.js';
import type { SigningCertificate } from './issuer-making.js';
import { forgetUnusedKey, keepPrivateKey, type NewPrivateKey } from './private-keys.js';

/** A certificate for port 3804, as administrators see it. */
export interface CapfIdentityFacts {
  readonly id: number;
  readonly state: CapfIdentityTable['state'];
  /** DER. */
  readonly certificate: Buffer;
  /** SHA-256 over the certificate, lower-case hex. */
  readonly sha256: string;
  /** DER, from the certificate's issuer upwards. */
  readonly chain: readonly Buffer[];
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly retiredAt: Date | null;
}

/** All of them, the newest first. */
export async function listCapfIdentities(database: Database): Promise<readonly CapfIdentityFacts[]> {
  return await listCapfIdentityRows(database.queries);
}

/** The same within a transaction. */
export async function listCapfIdentityRows(queries: Queries): Promise<readonly CapfIdentityFacts[]> {
  const { rows } = await sql<CapfIdentityFacts>`
    select id, state, certificate, encode(certificate_sha256, 'hex') as sha256, chain, created_at as "createdAt",
      activated_at as "activatedAt", retired_at as "retiredAt"
    from opencapf_private.capf_identity order by id desc`.execute(queries);
  return rows;
}

/**
 * Stages a certificate for port 3804: it stands in the trust bundle and in trust lists, and no phone meets it yet.
 *
 * @returns `known` when this certificate is on record already; `keyKeptElsewhere` when its key is, and lies in a file or an HSM
 */
export async function stageCapfIdentity(
  database: Transactions,
  secretKey: SecretKey,
  { certificate, chain }: SigningCertificate,
  key: NewPrivateKey & { readonly kept: { readonly pkcs8: Uint8Array } },
  author: Author,
): Promise<{ readonly outcome: 'staged'; readonly id: number } | { readonly outcome: 'known' | 'keyKeptElsewhere' }> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'capf-identity');
    const keptKey = await keepPrivateKey(queries, secretKey, key, 'capf');
    if (keptKey === 'keptElsewhere') return { outcome: 'keyKeptElsewhere' };
    const made = await queries
      .insertInto('capf_identity')
      .values({
        certificate: Buffer.from(certificate),
        chain: chain.map((der) => Buffer.from(der)),
        private_key_id: keptKey,
        state: 'staged',
      })
      .onConflict((conflict) => conflict.column('certificate_sha256').doNothing())
      .returning(['id', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
      .executeTakeFirst();
    if (made === undefined) return { outcome: 'known' };
    await recordAudit(queries, audited('create', made.id, author, { sha256: made.sha256, algorithm: key.algorithm }));
    return { outcome: 'staged', id: made.id };
  });
}

/**
 * Gives a staged one another certificate for the same key, such as the one that a site's CA made of its request. The caller
 * has checked that it belongs to the key.
 *
 * @returns `known` when another one has this certificate
 */
export async function replaceCapfCertificate(
  database: Transactions,
  id: number,
  { certificate, chain }: SigningCertificate,
  author: Author,
): Promise<'replaced' | 'unknown' | 'notStaged' | 'known'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'capf-identity');
    const row = await queries.selectFrom('capf_identity').where('id', '=', id).select('state').executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.state !== 'staged') return 'notStaged';
    const known = await queries
      .selectFrom('capf_identity')
      .where('certificate', '=', Buffer.from(certificate))
      .where('id', '<>', id)
      .select('id')
      .executeTakeFirst();
    if (known !== undefined) return 'known';
    const { sha256 } = await queries
      .updateTable('capf_identity')
      .set({ certificate: Buffer.from(certificate), chain: chain.map((der) => Buffer.from(der)) })
      .where('id', '=', id)
      .returning(sql<string>`encode(certificate_sha256, 'hex')`.as('sha256'))
      .executeTakeFirstOrThrow();
    await recordAudit(queries, audited('certificate', id, author, { sha256, chain: chain.length }));
    return 'replaced';
  });
}

/**
 * Lets phones meet a staged one from the next handshake on; the one before is retired in the same moment. A phone that does
 * not find it in its trust list cannot reach the service any more: devices that fetch their lists from us must have fetched one
 * that holds it, and for all others somebody must say that they have it.
 */
export async function activateCapfIdentity(
  database: Database,
  id: number,
  wish: ActivationWish,
  author: Author,
): Promise<'activated' | 'unknown' | 'notStaged' | ActivationHold> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'capf-identity');
    const row = await queries
      .selectFrom('capf_identity')
      .where('id', '=', id)
      .select(['state', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
      .executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.state !== 'staged') return 'notStaged';
    const hold = await activationHold(queries, row.sha256, wish, true);
    if (hold !== undefined) return hold;
    const before = await queries
      .updateTable('capf_identity')
      .set({ state: 'retired', retired_at: sql<Date>`now()` })
      .where('state', '=', 'active')
      .returning('id')
      .executeTakeFirst();
    await queries
      .updateTable('capf_identity')
      .set({ state: 'active', activated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute();
    await recordAudit(
      queries,
      audited('activate', id, author, { retired: before?.id, override: wish.override === true }),
    );
    return 'activated';
  });
}

/** Forgets one that was never activated, with its key where nobody else has it. */
export async function discardCapfIdentity(
  database: Database,
  id: number,
  author: Author,
): Promise<'discarded' | 'unknown' | 'notStaged'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'capf-identity');
    const row = await queries
      .selectFrom('capf_identity')
      .where('id', '=', id)
      .select(['state', 'private_key_id as key'])
      .executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.state !== 'staged') return 'notStaged';
    await queries.deleteFrom('capf_identity').where('id', '=', id).execute();
    await forgetUnusedKey(queries, row.key);
    await recordAudit(queries, audited('discard', id, author, {}));
    return 'discarded';
  });
}

function audited(verb: string, id: number, author: Author, detail: Readonly<Record<string, unknown>>) {
  return {
    actor: author.name,
    action: `capf-identity.${verb}`,
    subjectKind: 'capf-identity',
    subject: String(id),
    remoteAddress: author.remoteAddress,
    detail,
  };
}
