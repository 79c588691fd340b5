import type { Database } from '../database/connect.js';
import type { OperationState, OperationTable } from '../database/tables.js';
import { type Page, pageOf } from './page.js';

/** An operation as administrators see it: without its string. */
export interface OperationRecord {
  readonly id: number;
  readonly device: string;
  readonly kind: OperationTable['kind'];
  readonly authenticationMode: OperationTable['authentication_mode'];
  readonly keyOrder: 'rsaOnly' | 'ecOnly' | 'ecPreferred';
  /** Bits. */
  readonly rsaKeySize: number;
  /** Bits. */
  readonly ecKeySize: number;
  readonly completesBy: Date;
  readonly state: OperationState;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  /** What a troubleshoot found. */
  readonly report: object | null;
  readonly wrongStrings: number;
  readonly sessionId: number | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** A step of an operation's history. */
export interface OperationStep {
  readonly at: Date;
  readonly state: OperationState;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly sessionId: number | null;
}

export interface OperationFilter {
  readonly device?: string | undefined;
  readonly state?: OperationState | undefined;
}

/** Operations, the newest first. @param before - the number that the page before ended with */
export async function listOperations(
  database: Database,
  { device, state }: OperationFilter,
  limit: number,
  before: number | undefined,
): Promise<Page<OperationRecord, number>> {
  const rows = await selection(database)
    .$if(device !== undefined, (query) => query.where('device_name', '=', device ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'pending'))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, ({ id }) => id);
}

/** An operation with its history, the oldest step first. */
export async function readOperation(
  database: Database,
  id: number,
): Promise<(OperationRecord & { readonly history: readonly OperationStep[] }) | undefined> {
  const operation = await selection(database).where('id', '=', id).executeTakeFirst();
  if (operation === undefined) return undefined;
  const history = await database.queries
    .selectFrom('operation_event')
    .where('operation_id', '=', id)
    .select(['at', 'state', 'reason_code as reasonCode', 'reason', 'session_id as sessionId'])
    .orderBy('id')
    .execute();
  return { ...operation, history };
}

function selection(database: Database) {
  return database.queries
    .selectFrom('operation')
    .select([
      'id',
      'device_name as device',
      'kind',
      'authentication_mode as authenticationMode',
      'key_order as keyOrder',
      'rsa_key_size as rsaKeySize',
      'ec_key_size as ecKeySize',
      'completes_by as completesBy',
      'state',
      'reason_code as reasonCode',
      'reason',
      'report',
      'wrong_strings as wrongStrings',
      'session_id as sessionId',
      'created_at as createdAt',
      'created_by as createdBy',
      'started_at as startedAt',
      'ended_at as endedAt',
    ]);
}
