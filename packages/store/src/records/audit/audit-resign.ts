import type { Database } from '../../database/connect.js';
import { StoreError } from '../../errors.js';
import { isGenuine, readCheckpoints } from './audit-heads.js';
import { readSignedHeads, writeSignedHeads } from './audit-heads-file.js';
import type { AuditSigner } from './audit-signature.js';

/**
 * Signs heads and checkpoints anew when the secret key is replaced. What the new key has signed already is left, so that
 * it can be done again after an interruption.
 *
 * @throws StoreError `audit-unsound`, `audit-heads-unreadable` for what neither key has signed
 */
export async function resignAudit(
  database: Database,
  dataDir: string,
  before: AuditSigner,
  after: AuditSigner,
): Promise<void> {
  await database.transaction(async (queries) => {
    for (const checkpoint of (await readCheckpoints(queries)).values()) {
      if (isGenuine(checkpoint, after)) continue;
      if (!isGenuine(checkpoint, before))
        throw new StoreError('audit-unsound', `checkpoint of chain ${checkpoint.chain}`);
      const { chain, genesis, sequence, hash, prunedAt } = checkpoint;
      await queries
        .updateTable('audit_checkpoint')
        .set({
          key_id: after.keyId,
          signature: after.sign('checkpoint', prunedAt, [{ chain, genesis, sequence, hash }]),
        })
        .where('chain', '=', chain)
        .execute();
    }
  });
  const done = await readSignedHeads(dataDir, after).catch(() => undefined);
  if (done !== undefined) return;
  const heads = await readSignedHeads(dataDir, before);
  if (heads !== undefined) await writeSignedHeads(dataDir, after, heads);
}
