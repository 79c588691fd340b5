import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import { type AuditCheckpoint, isGenuine, readChainHeads, readCheckpoints } from './audit-heads.js';
import { readSignedHeads, type SignedHeads } from './audit-heads-file.js';
import type { AuditSigner, ChainHead } from './audit-signature.js';

/** What can be wrong with the audit. */
export const auditFaults = {
  unsigned: 'There are no signed heads in the data directory: nobody can tell whether entries were cut off.',
  chainMissing: 'A chain is gone whose head was signed.',
  chainReplaced: 'A chain is another than the one whose head was signed.',
  checkpointForged: 'The checkpoint where the chain was pruned is not signed with this key.',
  missing: 'Entries are missing here.',
  notPruned: 'An entry is there that the checkpoint says was pruned.',
  altered: 'The entry was altered.',
  reordered: 'The entry does not follow the one before it.',
  notTheSigned: 'The entry is not the one that was signed.',
  cutOff: 'The chain ends before its head: entries were cut off.',
  headAltered: 'The head of the chain is not its last entry.',
} as const;

export type AuditFaultKind = keyof typeof auditFaults;

/** Something wrong, and where. */
export interface AuditFault {
  readonly kind: AuditFaultKind;
  readonly chain?: number;
  /** The first entry of the chain that it is about. */
  readonly sequence?: number;
}

/** What a verification found. */
export interface AuditVerdict {
  readonly chains: number;
  /** How many were computed anew. */
  readonly entries: number;
  readonly faults: readonly AuditFault[];
  /** When the heads were signed that it was compared with; what was cut off after that moment is not found. */
  readonly signedAt: Date | undefined;
}

const pageSize = 2_000;
const mostFaults = 1_000;

/**
 * Computes every chain anew and compares it with the heads that were signed last.
 *
 * @throws StoreError `audit-heads-unreadable`
 */
export async function verifyAudit(database: Database, signer: AuditSigner, dataDir: string): Promise<AuditVerdict> {
  // Before the rows: what is signed meanwhile is longer than what is read here.
  const signed = await readSignedHeads(dataDir, signer);
  return await database.queries
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (queries) => await verifyAll(queries, signer, signed));
}

async function verifyAll(
  queries: Queries,
  signer: AuditSigner,
  signed: SignedHeads | undefined,
): Promise<AuditVerdict> {
  const faults: AuditFault[] = [];
  if (signed === undefined) faults.push({ kind: 'unsigned' });
  const heads = await readChainHeads(queries);
  const checkpoints = await readCheckpoints(queries);
  const signedHeads = new Map(signed?.heads.map((head) => [head.chain, head]));
  for (const chain of signedHeads.keys()) {
    if (!heads.some((head) => head.chain === chain)) faults.push({ kind: 'chainMissing', chain });
  }
  let entries = 0;
  for (const head of heads) {
    const checkpoint = checkpoints.get(head.chain);
    if (checkpoint !== undefined && !isGenuine(checkpoint, signer)) {
      faults.push({ kind: 'checkpointForged', chain: head.chain, sequence: checkpoint.sequence });
    }
    const walk = new ChainWalk(head, checkpoint, signedHeads.get(head.chain));
    for (;;) {
      const page = await readEntries(queries, head.chain, walk.read);
      for (const entry of page) walk.step(entry);
      if (page.length < pageSize || walk.faults.length > mostFaults) break;
    }
    faults.push(...walk.end());
    entries += walk.entries;
  }
  return { chains: heads.length, entries, faults: faults.slice(0, mostFaults), signedAt: signed?.signedAt };
}

/** Goes along one chain, entry by entry. */
class ChainWalk {
  readonly faults: AuditFault[] = [];
  entries = 0;
  /** The sequence that was read last, of any entry. */
  read = 0;
  #last: number;
  #hash: Buffer;

  constructor(
    readonly head: ChainHead,
    readonly checkpoint: AuditCheckpoint | undefined,
    readonly signed: ChainHead | undefined,
  ) {
    this.#last = checkpoint?.sequence ?? 0;
    this.#hash = checkpoint?.hash ?? head.genesis;
    if (signed === undefined) return;
    if (!signed.genesis.equals(head.genesis)) this.#fault('chainReplaced');
    if (signed.sequence === this.#last && !signed.hash.equals(this.#hash)) this.#fault('notTheSigned', this.#last);
  }

  step({ sequence, previous, hash, fields }: Entry): void {
    this.entries += 1;
    this.read = sequence;
    if (sequence <= this.#last) {
      this.#fault('notPruned', sequence);
      return;
    }
    if (sequence !== this.#last + 1) this.#fault('missing', this.#last + 1);
    else if (!previous.equals(this.#hash)) this.#fault('reordered', sequence);
    if (!entryHash(previous, fields).equals(hash)) this.#fault('altered', sequence);
    if (this.signed?.sequence === sequence && !this.signed.hash.equals(hash)) this.#fault('notTheSigned', sequence);
    this.#last = sequence;
    this.#hash = hash;
  }

  end(): readonly AuditFault[] {
    const { head, signed } = this;
    if (this.#last < Math.max(head.sequence, signed?.sequence ?? 0)) this.#fault('cutOff', this.#last + 1);
    else if (this.#last !== head.sequence || !this.#hash.equals(head.hash)) this.#fault('headAltered', this.#last);
    return this.faults;
  }

  #fault(kind: AuditFaultKind, sequence?: number): void {
    this.faults.push({ kind, chain: this.head.chain, ...(sequence === undefined ? {} : { sequence }) });
  }
}

interface Entry {
  readonly sequence: number;
  readonly previous: Buffer;
  readonly hash: Buffer;
  /** As the SQL function `opencapf_private.audit_hash` takes them. */
  readonly fields: readonly (string | null)[];
}

async function readEntries(queries: Queries, chain: number, after: number): Promise<readonly Entry[]> {
  const { rows } = await sql<Entry>`
    select sequence, previous, hash, array[id::text, chain::text, sequence::text,
      trunc(extract(epoch from at) * 1000000)::text, actor, remote_address, action, subject_kind, subject, outcome,
      detail::text] as fields
    from opencapf_private.audit_entry where chain = ${chain} and sequence > ${after}
    order by sequence limit ${pageSize}`.execute(queries);
  return rows;
}

/** The hash of an entry: each field as `length:text,` in bytes of UTF-8, or `-,`, behind the hash before. */
function entryHash(previous: Buffer, fields: Entry['fields']): Buffer {
  const hash = createHash('sha256').update(previous);
  for (const field of fields) hash.update(field === null ? '-,' : `${Buffer.byteLength(field)}:${field},`);
  return hash.digest();
}
