import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { againAfterDeadlock } from '../deadlock.js';
import { lockDevice, shareSubject } from '../locks.js';
import { type PhoneStanding, phoneStanding } from '../profiles/phone-standing.js';
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
export type Queued<Wanted extends NewOperation = NewOperation> =
  /** @property wanted - what was decided */
  | { readonly outcome: 'queued'; readonly operation: number; readonly wanted: Wanted }
  | { readonly outcome: 'deviceUnknown' }
  /** @property open - the number of the operation in the way */
  | { readonly outcome: 'alreadyOpen'; readonly open: number | undefined };

/**
 * Queues an operation, asks for a reset of the phone, and says so in the audit. Of several at once one is queued.
 *
 * @param decide - what to queue for a phone that stands so, until the operation is queued; what it throws is passed on, and nothing is
 * queued. It is asked again where the database wants the transaction again.
 */
export async function queueOperation<Wanted extends NewOperation>(
  database: Database,
  secretKey: SecretKey,
  deviceName: string,
  decide: (standing: PhoneStanding) => Wanted,
  author: Author,
): Promise<Queued<Wanted>> {
  return await againAfterDeadlock(
    async () =>
      await database.transaction(async (queries) => {
        // Before any row, as changes of profiles do; then rows as sessions of phones take them, the operation before the device.
        await shareSubject(queries, 'security-profiles');
        await lockOpenOperation(queries, deviceName);
        if ((await lockDevice(queries, deviceName)) === undefined) return { outcome: 'deviceUnknown' };
        const standing = await phoneStanding(queries, deviceName);
        if (standing === undefined) return { outcome: 'deviceUnknown' };
        return await queue(queries, secretKey, deviceName, decide(standing), author);
      }),
  );
}

async function lockOpenOperation(queries: Transaction<Tables>, deviceName: string): Promise<void> {
  await queries
    .selectFrom('operation as o')
    .innerJoin('device as d', 'd.id', 'o.device_id')
    .where('d.name', '=', deviceName)
    .where('o.state', 'in', ['pending', 'inProgress', 'waitingForAuthority'])
    .select('o.id')
    .forUpdate('o')
    .execute();
}

async function queue<Wanted extends NewOperation>(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  deviceName: string,
  wanted: Wanted,
  author: Author,
): Promise<Queued<Wanted>> {
  const { rows: numbers } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('opencapf_private.operation', 'id')) as id`.execute(queries);
  const id = numbers[0]?.id ?? 0;
  const { authenticationString: text, allowedNetworks } = wanted;
  const sealed = text === undefined ? undefined : sealAuthenticationString(secretKey, id, text);
  const { rows } = await sql<{ outcome: Queued['outcome']; other: number | null }>`
    select * from opencapf_private.queue_operation(${id}, ${deviceName}, ${wanted.kind}, ${wanted.authenticationMode},
      ${sealed}, ${wanted.keyOrder}, ${wanted.rsaKeySize}, ${wanted.ecKeySize}, ${wanted.completesBy},
      ${allowedNetworks}::text[]::cidr[], ${wanted.replace}, ${author.name}, ${author.remoteAddress})`.execute(queries);
  const [row] = rows;
  switch (row?.outcome) {
    case 'queued':
      return { outcome: 'queued', operation: id, wanted };
    case 'alreadyOpen':
      return { outcome: 'alreadyOpen', open: row.other ?? undefined };
    default:
      return { outcome: 'deviceUnknown' };
  }
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
