import { sql, type Transaction } from 'kysely';
import type { Transactions } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { forgetUnusedKey } from '../authorities/private-keys.js';
import { lockSubject } from '../locks.js';
import { auditSigner, keepFileSigner, type NewFileSigner, retireFileSigner } from './file-signers.js';
import { type ListFetches, readListFetches } from './list-fetches.js';

/** Whose keys can be changed while phones look on; the recovery signer is no part of what they fetch. */
export type ChangeableSigner = 'tftp' | 'sast';

/**
 * Stages another signer: the next trust list is still signed by the old one, and holds both. Of two SAST records the recovery
 * signer's makes room for it until the change is over.
 *
 * @returns `stagedAlready` while another change is under way; `inRecovery` and `released` while the second SAST record is taken
 */
export async function stageFileSigner(
  database: Transactions,
  secretKey: SecretKey,
  purpose: ChangeableSigner,
  made: NewFileSigner,
  author: Author,
): Promise<'staged' | 'stagedAlready' | 'inRecovery' | 'released'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    if ((await signerInState(queries, purpose, 'staged')) !== undefined) return 'stagedAlready';
    const plan = await queries
      .selectFrom('trust_list_plan')
      .select(['signed_by', 'released_to'])
      .executeTakeFirstOrThrow();
    if (plan.released_to !== null) return 'released';
    if (purpose === 'sast' && plan.signed_by === 'recovery') return 'inRecovery';
    await keepFileSigner(queries, secretKey, purpose, 'staged', made, author);
    return 'staged';
  });
}

/** What became of a wish that needs phones to have fetched a list first. */
export type AfterFetches<Done extends string, Refused extends string> =
  | { readonly outcome: Done | Refused | 'notListed' }
  | { readonly outcome: 'waiting'; readonly fetches: ListFetches };

/**
 * Lets the staged signer sign from now on; the one before is retired and its key forgotten.
 *
 * @param override - go on without the devices that have not fetched the list that holds it: they will believe nothing new
 * @returns `notListed` while no list that holds it was built
 */
export async function switchFileSigner(
  database: Transactions,
  purpose: ChangeableSigner,
  { override }: { readonly override: boolean },
  author: Author,
): Promise<AfterFetches<'switched', 'noneStaged'>> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const staged = await signerInState(queries, purpose, 'staged');
    if (staged === undefined) return { outcome: 'noneStaged' };
    const fetches = await readListFetches(queries, staged.sha256, purpose === 'sast' ? 'everyList' : 'anyList');
    if (!fetches.isListed) return { outcome: 'notListed' };
    if (fetches.waiting > 0 && !override) return { outcome: 'waiting', fetches };
    const before = await signerInState(queries, purpose, 'active');
    if (before !== undefined) await retireFileSigner(queries, before.id);
    await queries
      .updateTable('file_signer')
      .set({ state: 'active', activated_at: sql<Date>`now()` })
      .where('id', '=', staged.id)
      .execute();
    await auditSigner(queries, 'switch', staged.id, author, {
      purpose,
      retired: before?.id,
      withoutWaitingFor: fetches.waiting,
    });
    return { outcome: 'switched' };
  });
}

/** Forgets a staged signer, with its key. */
export async function discardFileSigner(
  database: Transactions,
  purpose: ChangeableSigner,
  author: Author,
): Promise<'discarded' | 'noneStaged'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const staged = await signerInState(queries, purpose, 'staged');
    if (staged === undefined) return 'noneStaged';
    await queries.deleteFrom('file_signer').where('id', '=', staged.id).execute();
    if (staged.key !== null) await forgetUnusedKey(queries, staged.key);
    await auditSigner(queries, 'discard', staged.id, author, { purpose });
    return 'discarded';
  });
}

async function signerInState(queries: Transaction<Tables>, purpose: ChangeableSigner, state: 'staged' | 'active') {
  return await queries
    .selectFrom('file_signer')
    .where('purpose', '=', purpose)
    .where('state', '=', state)
    .select(['id', 'private_key_id as key', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
    .executeTakeFirst();
}
