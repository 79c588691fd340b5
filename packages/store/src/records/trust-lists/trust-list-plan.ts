import { sql } from 'kysely';
import type { Transactions } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { listCapfIdentityRows } from '../authorities/capf-identity-states.js';
import { lockSubject } from '../locks.js';
import { listFileSigners } from './file-signers.js';

/** The certificate by which another cluster signs its lists. */
export interface OtherCluster {
  /** DER. */
  readonly certificate: Uint8Array;
  /** As text, for the audit log. */
  readonly subject: string;
  /** Whether a certificate of ours, DER, bears the same public key. */
  readonly sharesKeyWith: (ours: Uint8Array) => boolean;
}

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
 * @returns `changing` while another SAST signer is staged, `inRecovery` while the recovery signer signs: the second SAST record is
 *   taken; `ours` where its key is one of this service, whatever certificate it has there
 */
export async function releasePhones(
  database: Transactions,
  to: OtherCluster | null,
  author: Author,
): Promise<'done' | 'changing' | 'inRecovery' | 'notReleased' | 'ours'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const plan = await queries
      .selectFrom('trust_list_plan')
      .select(['signed_by', 'released_to'])
      .executeTakeFirstOrThrow();
    if (to === null && plan.released_to === null) return 'notReleased';
    if (plan.signed_by === 'recovery') return 'inRecovery';
    if (to !== null) {
      const signers = (await listFileSigners(queries)).filter(({ state }) => state !== 'retired');
      const ours = [...signers, ...(await listCapfIdentityRows(queries))];
      if (ours.some(({ certificate }) => to.sharesKeyWith(certificate))) return 'ours';
      if (signers.some(({ state }) => state === 'staged')) return 'changing';
    }
    const { sha256 } = await queries
      .updateTable('trust_list_plan')
      .set({ released_to: to === null ? null : Buffer.from(to.certificate), updated_at: sql<Date>`now()` })
      .returning(sql<string | null>`encode(sha256(released_to), 'hex')`.as('sha256'))
      .executeTakeFirstOrThrow();
    if (to === null) await recordDeed(queries, author, 'trust-list.take-back', ['trust-list', 'itl']);
    else
      await recordDeed(queries, author, 'trust-list.release', ['trust-list', 'itl'], { sha256, subject: to.subject });
    return 'done';
  });
}
