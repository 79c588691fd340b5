import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import { StoreError } from '../../errors.js';
import type { Author } from '../administration/author.js';
import { lockSubject } from '../locks.js';
import { recordAudit } from './audit.js';
import { isGenuine, readChainHeads, readCheckpoints, signAuditHeads } from './audit-heads.js';
import type { AuditSigner } from './audit-signature.js';
import { verifyAudit } from './audit-verify.js';

const mostInStep = 10_000;

/**
 * Removes entries that are older than a moment, from the beginning of each chain, and leaves a signed checkpoint where it
 * now begins. The audit is verified first, and its heads are signed before and after.
 *
 * @returns how many entries were removed
 * @throws StoreError `audit-unsound`, `audit-heads-contradicted`, `audit-heads-unreadable`
 */
export async function pruneAudit(
  database: Database,
  signer: AuditSigner,
  dataDir: string,
  before: Date,
  author: Author,
  now: () => Date = () => new Date(),
): Promise<number> {
  await signAuditHeads(database, signer, dataDir, now());
  const { faults } = await verifyAudit(database, signer, dataDir);
  if (faults.length > 0) throw new StoreError('audit-unsound', `${faults.length} faults`);
  let removed = 0;
  for (const { chain } of await readChainHeads(database.queries)) {
    for (;;) {
      const step = await database.transaction(
        async (queries) => await pruneStep(queries, signer, chain, before, author, now()),
      );
      removed += step;
      if (step < mostInStep) break;
    }
  }
  await signAuditHeads(database, signer, dataDir, now());
  return removed;
}

async function pruneStep(
  queries: Transaction<Tables>,
  signer: AuditSigner,
  chain: number,
  before: Date,
  author: Author,
  now: Date,
): Promise<number> {
  await lockSubject(queries, 'audit-prune');
  const checkpoint = (await readCheckpoints(queries)).get(chain);
  if (checkpoint !== undefined && !isGenuine(checkpoint, signer)) throw new StoreError('audit-unsound');
  const start = checkpoint?.sequence ?? 0;
  const { rows } = await sql<{ sequence: number; hash: Buffer; genesis: Buffer }>`
    with next as (
      select sequence, hash, at from opencapf_private.audit_entry
      where chain = ${chain} and sequence > ${start} order by sequence limit ${mostInStep})
    select n.sequence, n.hash, c.genesis from next n join opencapf_private.audit_chain c on c.chain = ${chain}
    where n.sequence < coalesce((select min(sequence) from next where at >= ${before}), 9223372036854775807)
    order by n.sequence desc limit 1`.execute(queries);
  const [last] = rows;
  if (last === undefined) return 0;
  const { sequence, hash, genesis } = last;
  const signature = signer.sign('checkpoint', now, [{ chain, genesis, sequence, hash }]);
  const row = { sequence, hash, pruned_at: now, key_id: signer.keyId, signature };
  await queries
    .insertInto('audit_checkpoint')
    .values({ chain, ...row })
    .onConflict((conflict) => conflict.column('chain').doUpdateSet(row))
    .execute();
  const { numDeletedRows } = await queries
    .deleteFrom('audit_entry')
    .where('chain', '=', chain)
    .where('sequence', '<=', sequence)
    .executeTakeFirstOrThrow();
  await recordAudit(queries, {
    actor: author.name,
    action: 'audit.prune',
    remoteAddress: author.remoteAddress,
    detail: { chain, from: start + 1, until: sequence, before: before.toISOString() },
  });
  return Number(numDeletedRows);
}
