import type { Database, Queries } from '../../database/connect.js';
import { StoreError } from '../../errors.js';
import { readSignedHeads, writeSignedHeads } from './audit-heads-file.js';
import type { AuditSigner, ChainHead } from './audit-signature.js';

/** Up to where a chain was pruned. */
export interface AuditCheckpoint extends ChainHead {
  readonly prunedAt: Date;
  readonly keyId: string;
  readonly signature: Buffer;
}

/** Where the chains stand in the database, all at one moment. */
export async function readChainHeads(queries: Queries): Promise<readonly ChainHead[]> {
  return await queries
    .selectFrom('audit_chain')
    .select(['chain', 'genesis', 'sequence', 'head as hash'])
    .orderBy('chain')
    .execute();
}

/** Up to where chains were pruned; their signatures are still to be verified. */
export async function readCheckpoints(queries: Queries): Promise<ReadonlyMap<number, AuditCheckpoint>> {
  const rows = await queries
    .selectFrom('audit_checkpoint as p')
    .innerJoin('audit_chain as c', 'c.chain', 'p.chain')
    .select([
      'p.chain',
      'c.genesis',
      'p.sequence',
      'p.hash',
      'p.pruned_at as prunedAt',
      'p.key_id as keyId',
      'p.signature',
    ])
    .execute();
  return new Map(rows.map((row) => [row.chain, row]));
}

/** Whether a checkpoint was signed with this key. */
export function isGenuine(checkpoint: AuditCheckpoint, signer: AuditSigner): boolean {
  const { chain, genesis, sequence, hash, prunedAt, signature } = checkpoint;
  return signer.verifies('checkpoint', prunedAt, [{ chain, genesis, sequence, hash }], signature);
}

/**
 * Signs where the chains stand and writes it to the data directory, where they go on from what was signed before. They
 * are not computed anew ({@link verifyAudit} does that): who alters an entry and all that follow changes the signed ones.
 *
 * @returns whether there was anything new
 * @throws StoreError `audit-heads-contradicted`, `audit-heads-unreadable`; then the file stays as it is
 */
export async function signAuditHeads(
  database: Database,
  signer: AuditSigner,
  dataDir: string,
  now: Date = new Date(),
): Promise<boolean> {
  const before = await readSignedHeads(dataDir, signer);
  const heads = await readChainHeads(database.queries);
  let changed = before === undefined || heads.length !== before.heads.length;
  for (const signed of before?.heads ?? []) {
    const head = heads.find(({ chain }) => chain === signed.chain);
    if (head !== undefined && head.sequence === signed.sequence && head.hash.equals(signed.hash)) continue;
    changed = true;
    if (head === undefined || !(await continues(database.queries, head, signed, signer))) {
      throw new StoreError('audit-heads-contradicted', `chain ${signed.chain}, entry ${signed.sequence}`);
    }
  }
  if (changed) await writeSignedHeads(dataDir, signer, { signedAt: now, heads });
  return changed;
}

async function continues(queries: Queries, head: ChainHead, signed: ChainHead, signer: AuditSigner): Promise<boolean> {
  if (!head.genesis.equals(signed.genesis) || head.sequence < signed.sequence) return false;
  if (signed.sequence === 0) return true;
  const entry = await queries
    .selectFrom('audit_entry')
    .where('chain', '=', signed.chain)
    .where('sequence', '=', signed.sequence)
    .select('hash')
    .executeTakeFirst();
  if (entry !== undefined) return entry.hash.equals(signed.hash);
  const checkpoint = (await readCheckpoints(queries)).get(signed.chain);
  return checkpoint !== undefined && checkpoint.sequence >= signed.sequence && isGenuine(checkpoint, signer);
}
