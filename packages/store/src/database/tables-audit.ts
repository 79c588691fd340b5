import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';

export interface AuditChainTable {
  chain: number;
  genesis: Buffer;
  sequence: Generated<number>;
  head: Buffer;
  created_at: Generated<Date>;
}

/** Written by the SQL function `opencapf_private.audit` alone. */
export interface AuditEntryTable {
  id: GeneratedAlways<number>;
  chain: number;
  sequence: number;
  at: Date;
  actor: string;
  remote_address: string | null;
  action: string;
  subject_kind: string | null;
  subject: string | null;
  outcome: string;
  detail: JSONColumnType<object, string, string>;
  previous: Buffer;
  hash: Buffer;
}

/** Up to where a chain was pruned. */
export interface AuditCheckpointTable {
  chain: number;
  sequence: number;
  hash: Buffer;
  pruned_at: Date;
  key_id: string;
  signature: Buffer;
}
