import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { againAfterDeadlock } from '../deadlock.js';
import { sealAuthenticationString } from './authentication-string.js';
import type { OpenOperation } from './operation-at-work.js';

/** An operation to be queued, of which every rule has been checked. */
export interface NewOperation
  extends Pick<
    OpenOperation,
    'kind' | 'authenticationMode' | 'keyOrder' | 'rsaKeySize' | 'ecKeySize' | 'completesBy' | 'allowedNetworks'
  > {
  /** With the mode `authenticationString` and no other. A secret: it is kept sealed. */
  readonly authenticationString: string | undefined;
  /** Whether it takes the place of an open one, which is cancelled then. */
  readonly replace: boolean;
}

/** What came of {@link queueOperation}. */
export type Queued =
  | { readonly outcome: 'queued'; readonly operation: number }
  | { readonly outcome: 'deviceUnknown' }
  /** @property open - the number of the operation in the way */
  | { readonly outcome: 'alreadyOpen'; readonly open: number | undefined };

/** Queues an operation, asks for a reset of the phone, and says so in the audit. Of several at once one is queued. */
export async function queueOperation(
  database: Database,
  secretKey: SecretKey,
  deviceName: string,
  wanted: NewOperation,
  author: Author,
): Promise<Queued> {
  const { rows: numbers } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('opencapf_private.operation', 'id')) as id`.execute(database.queries);
  const id = numbers[0]?.id ?? 0;
  const { authenticationString: text } = wanted;
  const sealed = text === undefined ? undefined : sealAuthenticationString(secretKey, id, text);
  const values = [
    id,
    deviceName,
    wanted.kind,
    wanted.authenticationMode,
    sealed,
    wanted.keyOrder,
    wanted.rsaKeySize,
    wanted.ecKeySize,
    wanted.completesBy,
    wanted.allowedNetworks,
    wanted.replace,
    author.name,
    author.remoteAddress,
  ];
  return await againAfterDeadlock(async () => {
    const { rows } = await database.prepared<{ outcome: Queued['outcome']; other: number | null }>(
      'queue-operation',
      'select * from opencapf_private.queue_operation($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text[]::cidr[], $11, $12, $13)',
      values,
    );
    const [row] = rows;
    switch (row?.outcome) {
      case 'queued':
        return { outcome: 'queued', operation: id };
      case 'alreadyOpen':
        return { outcome: 'alreadyOpen', open: row.other ?? undefined };
      default:
        return { outcome: 'deviceUnknown' };
    }
  });
}

/**
 * Cancels an operation: its string is erased, and a session that works on it can commit nothing more.
 *
 * @param words - why, for whoever reads the operation later
 */
export async function cancelOperation(
  database: Database,
  operation: number,
  words: string | undefined,
  author: Author,
): Promise<'cancelled' | 'ended' | 'unknown'> {
  return await againAfterDeadlock(async () => {
    const { rows } = await database.prepared<{ outcome: 'cancelled' | 'ended' | null }>(
      'cancel-operation',
      'select opencapf_private.cancel_operation($1, $2, $3, $4) as outcome',
      [operation, words, author.name, author.remoteAddress],
    );
    return rows[0]?.outcome ?? 'unknown';
  });
}
