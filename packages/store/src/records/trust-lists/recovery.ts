import { sql, type Transaction } from 'kysely';
import type { Transactions } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { forgetUnusedKey, keepPrivateKey, openPrivateKey } from '../authorities/private-keys.js';
import { lockSubject } from '../locks.js';
import { auditSigner, keepFileSigner, type NewFileSigner, retireFileSigner } from './file-signers.js';
import { readListFetches } from './list-fetches.js';
import type { AfterFetches } from './signer-changes.js';

/**
 * Gives out the key of the recovery signer, once, so that it can be stored offline.
 *
 * @param lock - makes of the key, DER PKCS#8, what is given out. Where it throws, the key has not been given out.
 * @returns `keyElsewhere` when it is not here any more
 * @throws StoreError `sealed-value-unreadable`; whatever `lock` throws
 */
export async function exportRecoveryKey(
  database: Transactions,
  secretKey: SecretKey,
  lock: (privateKey: Uint8Array) => string,
  author: Author,
): Promise<
  | { readonly outcome: 'exported'; readonly certificate: Buffer; readonly privateKey: string }
  | { readonly outcome: 'noSigner' | 'keyElsewhere' | 'exportedAlready' }
> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const row = await activeRecovery(queries);
    if (row === undefined) return { outcome: 'noSigner' };
    if (row.exportedAt !== null) return { outcome: 'exportedAlready' };
    if (row.key === null || row.sealed === null) return { outcome: 'keyElsewhere' };
    const privateKey = lock(openPrivateKey(secretKey, row.key, row.sealed));
    await queries.updateTable('file_signer').set({ exported_at: sql<Date>`now()` }).where('id', '=', row.id).execute();
    await auditSigner(queries, 'export', row.id, author, { purpose: 'recovery' });
    return { outcome: 'exported', certificate: row.certificate, privateKey };
  });
}

/** Forgets the key of the recovery signer, which must have been given out; its certificate stays in trust lists. */
export async function removeRecoveryKey(
  database: Transactions,
  author: Author,
): Promise<'removed' | 'noSigner' | 'keyElsewhere' | 'notExported' | 'inUse'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const row = await activeRecovery(queries);
    if (row === undefined) return 'noSigner';
    if (row.key === null) return 'keyElsewhere';
    if (row.exportedAt === null) return 'notExported';
    if (await signsNow(queries)) return 'inUse';
    await queries.updateTable('file_signer').set({ private_key_id: null }).where('id', '=', row.id).execute();
    await forgetUnusedKey(queries, row.key);
    await auditSigner(queries, 'remove-key', row.id, author, { purpose: 'recovery' });
    return 'removed';
  });
}

/**
 * Puts another recovery signer in the place of one whose key is lost. Phones take it without a wait, since it does not sign.
 *
 * @returns `inUse` while the recovery signer signs
 */
export async function replaceRecoverySigner(
  database: Transactions,
  secretKey: SecretKey,
  made: NewFileSigner,
  author: Author,
): Promise<'replaced' | 'noSigner' | 'inUse'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const row = await activeRecovery(queries);
    if (row === undefined) return 'noSigner';
    if (await signsNow(queries)) return 'inUse';
    await retireFileSigner(queries, row.id);
    await keepFileSigner(queries, secretKey, 'recovery', 'active', made, author);
    return 'replaced';
  });
}

/**
 * Signs trust lists with a recovery key from now on, which phones know from lists before: of this service, or of one whose database
 * is lost. Its lists hold the SAST signer too, who takes over again with {@link endRecovery}.
 *
 * @param override - phones know it from lists of a service whose database is lost; else a list that was built here must hold it, since
 * phones refuse all lists that are signed by who they do not know
 * @returns `changing` while another SAST signer is staged, `released` while the second record belongs to another cluster,
 * `unlisted` when no list that was built here holds it
 */
export async function beginRecovery(
  database: Transactions,
  secretKey: SecretKey,
  given: NewFileSigner,
  { override }: { readonly override: boolean },
  author: Author,
): Promise<'begun' | 'noSigner' | 'changing' | 'released' | 'otherPurpose' | 'unlisted'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const active = await activeRecovery(queries);
    if (active === undefined) return 'noSigner';
    const plan = await queries.selectFrom('trust_list_plan').select('released_to').executeTakeFirstOrThrow();
    if (plan.released_to !== null) return 'released';
    const staged = await queries
      .selectFrom('file_signer')
      .where('state', '=', 'staged')
      .where('purpose', '=', 'sast')
      .select('id')
      .executeTakeFirst();
    if (staged !== undefined) return 'changing';
    const known = await queries
      .selectFrom('file_signer')
      .where('certificate', '=', Buffer.from(given.certificate))
      .select(['id', 'purpose'])
      .executeTakeFirst();
    if (known !== undefined && known.purpose !== 'recovery') return 'otherPurpose';
    if (!override && (known === undefined || !(await wasListed(queries, known.id)))) return 'unlisted';
    if (known?.id !== active.id) await retireFileSigner(queries, active.id);
    const id =
      known === undefined
        ? await keepFileSigner(queries, secretKey, 'recovery', 'active', given, author)
        : await giveKey(queries, secretKey, known.id, given);
    await queries
      .updateTable('file_signer')
      .set({ exported_at: sql<Date>`coalesce(exported_at, now())` })
      .where('id', '=', id)
      .execute();
    await queries.updateTable('trust_list_plan').set({ signed_by: 'recovery', updated_at: sql<Date>`now()` }).execute();
    await auditSigner(queries, 'recovery.begin', id, author, { override });
    return 'begun';
  });
}

/**
 * Lets the SAST signer sign again, once phones have fetched a list that the recovery signer has signed.
 *
 * @param override - go on without the devices that have not
 * @returns `beliefUnknown` when no list of another signer held the recovery signer: whether phones knew it, their fetches do not tell
 */
export async function endRecovery(
  database: Transactions,
  { override }: { readonly override: boolean },
  author: Author,
): Promise<AfterFetches<'ended', 'notInRecovery' | 'beliefUnknown'>> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    if (!(await signsNow(queries))) return { outcome: 'notInRecovery' };
    const sast = await queries
      .selectFrom('file_signer')
      .where('purpose', '=', 'sast')
      .where('state', '=', 'active')
      .select(['id', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
      .executeTakeFirstOrThrow();
    const fetches = await readListFetches(queries, sast.sha256, 'everyList');
    if (!fetches.isListed) return { outcome: 'notListed' };
    if (fetches.waiting > 0 && !override) return { outcome: 'waiting', fetches };
    if (!override && !(await wasVouchedFor(queries))) return { outcome: 'beliefUnknown' };
    await queries.updateTable('trust_list_plan').set({ signed_by: 'sast', updated_at: sql<Date>`now()` }).execute();
    await auditSigner(queries, 'recovery.end', sast.id, author, { withoutWaitingFor: fetches.waiting });
    return { outcome: 'ended' };
  });
}

/** Whether a list that somebody else has signed held the recovery signer: phones that took that one know it. */
async function wasVouchedFor(queries: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql`
    select from opencapf_private.file_signer s, opencapf_private.trust_list l
    where s.purpose = 'recovery' and s.state = 'active' and l.signer_id <> s.id
      and s.certificate_sha256 = any (l.certificates) limit 1`.execute(queries);
  return rows.length > 0;
}

/** Whether a list that is remembered holds it. */
async function wasListed(queries: Transaction<Tables>, id: number): Promise<boolean> {
  const { rows } = await sql`
    select from opencapf_private.file_signer s, opencapf_private.trust_list l
    where s.id = ${id} and s.certificate_sha256 = any (l.certificates) limit 1`.execute(queries);
  return rows.length > 0;
}

async function giveKey(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  id: number,
  { publicKey, privateKey, algorithm }: NewFileSigner,
): Promise<number> {
  const key = await keepPrivateKey(
    queries,
    secretKey,
    { publicKey, algorithm, kept: { pkcs8: privateKey } },
    'file-signer',
  );
  if (key === 'keptElsewhere') throw new TypeError('the key of a signer of files lies elsewhere');
  await queries
    .updateTable('file_signer')
    .set({ private_key_id: key, state: 'active', activated_at: sql<Date>`now()`, retired_at: null })
    .where('id', '=', id)
    .execute();
  return id;
}

async function activeRecovery(queries: Transaction<Tables>) {
  return await queries
    .selectFrom('file_signer')
    .leftJoin('private_key', 'private_key.id', 'file_signer.private_key_id')
    .where('file_signer.purpose', '=', 'recovery')
    .where('file_signer.state', '=', 'active')
    .select(['file_signer.id', 'certificate', 'private_key_id as key', 'sealed', 'exported_at as exportedAt'])
    .executeTakeFirst();
}

async function signsNow(queries: Transaction<Tables>): Promise<boolean> {
  const { signed_by } = await queries.selectFrom('trust_list_plan').select('signed_by').executeTakeFirstOrThrow();
  return signed_by === 'recovery';
}
