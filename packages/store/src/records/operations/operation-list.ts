import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { OperationState, OperationTable } from '../../database/tables.js';
import { type Page, pageOf } from '../page.js';

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
  /** Of a null string: networks in CIDR form that the phone must come from; null for anywhere. */
  readonly allowedNetworks: readonly string[] | null;
  readonly state: OperationState;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  /** What a troubleshoot found. */
  readonly report: object | null;
  readonly wrongStrings: number;
  /** Of a null string: the address that the device came from before, when its LSC went to another. */
  readonly addressChangedFrom: string | null;
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
  readonly authenticationMode?: OperationTable['authentication_mode'] | undefined;
  /** Whether it has ended. */
  readonly open?: boolean | undefined;
  /** Whether its LSC went to another address than the device came from before. */
  readonly addressChanged?: boolean | undefined;
}

const openStates = ['pending', 'inProgress', 'waitingForAuthority'] as const;

/** Operations, the newest first. @param before - the number that the page before ended with */
export async function listOperations(
  database: Database,
  { device, state, authenticationMode, open, addressChanged }: OperationFilter,
  limit: number,
  before: number | undefined,
): Promise<Page<OperationRecord, number>> {
  const rows = await selection(database)
    .$if(device !== undefined, (query) => query.where('device_name', '=', device ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'pending'))
    .$if(authenticationMode !== undefined, (query) =>
      query.where('authentication_mode', '=', authenticationMode ?? 'nullString'),
    )
    .$if(open === true, (query) => query.where('state', 'in', openStates))
    .$if(open === false, (query) => query.where('state', 'not in', openStates))
    .$if(addressChanged !== undefined, (query) =>
      query.where('address_changed_from', addressChanged ? 'is not' : 'is', null),
    )
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
      sql<readonly string[] | null>`allowed_networks::text[]`.as('allowedNetworks'),
      'state',
      'reason_code as reasonCode',
      'reason',
      'report',
      'wrong_strings as wrongStrings',
      sql<string | null>`host(address_changed_from)`.as('addressChangedFrom'),
      'session_id as sessionId',
      'created_at as createdAt',
      'created_by as createdBy',
      'started_at as startedAt',
      'ended_at as endedAt',
    ]);
}
