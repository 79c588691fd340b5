import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { lockDevice } from '../locks.js';
import { symmetricKeyPlace } from './sealed-places.js';

/** A key that is entered on a phone by hand. */
export interface SymmetricKey {
  /** 16 or 32 bytes. */
  readonly key: Buffer;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/**
 * Keeps the key that somebody enters on the phone too. The audit says that there is one now, never which.
 *
 * @param key - 16 or 32 bytes
 * @param replace - whether it takes the place of one that is there, which the phone then no longer knows
 */
export async function setSymmetricKey(
  database: Database,
  secretKey: SecretKey,
  device: string,
  key: Uint8Array,
  replace: boolean,
  author: Author,
): Promise<'set' | 'replaced' | 'alreadySet' | 'deviceUnknown'> {
  return await database.transaction(async (queries) => {
    const id = await lockDevice(queries, device);
    if (id === undefined) return 'deviceUnknown';
    const before = await queries
      .selectFrom('device_symmetric_key')
      .where('id', '=', id)
      .select('id')
      .executeTakeFirst();
    if (before !== undefined && !replace) return 'alreadySet';
    const bits = key.length === 32 ? 256 : 128;
    const values = { sealed: secretKey.seal(key, symmetricKeyPlace(id)), bits, created_by: author.name } as const;
    await queries
      .insertInto('device_symmetric_key')
      .values({ id, ...values })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ ...values, created_at: sql<Date>`clock_timestamp()` }),
      )
      .execute();
    const outcome = before === undefined ? 'set' : 'replaced';
    const action = before === undefined ? 'symmetric-key.set' : 'symmetric-key.replace';
    await recordDeed(queries, author, action, ['device', device], { bits });
    return outcome;
  });
}

/** Forgets the key of a device, which is to be cleared on the phone too. */
export async function deleteSymmetricKey(
  database: Database,
  device: string,
  author: Author,
): Promise<'deleted' | 'none' | 'deviceUnknown'> {
  return await database.transaction(async (queries) => {
    const id = await lockDevice(queries, device);
    if (id === undefined) return 'deviceUnknown';
    const { numDeletedRows } = await queries.deleteFrom('device_symmetric_key').where('id', '=', id).executeTakeFirst();
    if (numDeletedRows === 0n) return 'none';
    await recordDeed(queries, author, 'symmetric-key.delete', ['device', device]);
    return 'deleted';
  });
}

/**
 * The key of a device, for whoever enters it on the phone; the audit says who read it.
 *
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readSymmetricKey(
  database: Database,
  secretKey: SecretKey,
  device: string,
  author: Author,
): Promise<SymmetricKey | undefined> {
  return await database.transaction(async (queries) => {
    const row = await queries
      .selectFrom('device_symmetric_key as k')
      .innerJoin('device as d', 'd.id', 'k.id')
      .where('d.name', '=', device)
      .select(['k.id', 'k.sealed', 'k.created_at as createdAt', 'k.created_by as createdBy'])
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { id, sealed, ...rest } = row;
    await recordDeed(queries, author, 'symmetric-key.read', ['device', device]);
    return { ...rest, key: secretKey.open(sealed, symmetricKeyPlace(id)) };
  });
}
