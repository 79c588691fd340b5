import { sql } from 'kysely';
import type { Transactions } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { lockSubject } from '../locks.js';

/** Whether a CTL is served beside the ITL. */
export async function serveCtl(database: Transactions, serves: boolean, author: Author): Promise<void> {
  await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const { serves_ctl } = await queries.selectFrom('trust_list_plan').select('serves_ctl').executeTakeFirstOrThrow();
    if (serves_ctl === serves) return;
    await queries.updateTable('trust_list_plan').set({ serves_ctl: serves, updated_at: sql<Date>`now()` }).execute();
    await recordDeed(queries, author, 'trust-list.serve-ctl', ['trust-list', 'ctl'], { serves });
  });
}

/**
 * Lets phones go to another cluster: lists hold nobody any more but who signs them and the SAST certificate of that cluster, whose
 * lists phones believe from then on. Null takes them back.
 *
 * @param certificate - DER
 * @returns `changing` while another SAST signer is staged, `inRecovery` while the recovery signer signs: the second SAST record is taken
 */
export async function releasePhones(
  database: Transactions,
  certificate: Uint8Array | null,
  author: Author,
): Promise<'done' | 'changing' | 'inRecovery' | 'notReleased'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const plan = await queries
      .selectFrom('trust_list_plan')
      .select(['signed_by', 'released_to'])
      .executeTakeFirstOrThrow();
    if (certificate === null && plan.released_to === null) return 'notReleased';
    if (plan.signed_by === 'recovery') return 'inRecovery';
    const staged = await queries
      .selectFrom('file_signer')
      .where('state', '=', 'staged')
      .select('id')
      .executeTakeFirst();
    if (certificate !== null && staged !== undefined) return 'changing';
    await queries
      .updateTable('trust_list_plan')
      .set({ released_to: certificate === null ? null : Buffer.from(certificate), updated_at: sql<Date>`now()` })
      .execute();
    const action = certificate === null ? 'trust-list.take-back' : 'trust-list.release';
    await recordDeed(queries, author, action, ['trust-list', 'itl']);
    return 'done';
  });
}
