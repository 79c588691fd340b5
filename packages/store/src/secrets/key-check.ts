import { randomBytes } from 'node:crypto';
import type { Database, Queries } from '../database/connect.js';
import { StoreError } from '../errors.js';
import type { SealedPlace, SecretKey } from './secret-key.js';

const place: SealedPlace = { table: 'secret_key_check', row: 1, column: 'sealed' };
const hashingKeyLength = 32;

/**
 * Makes sure that this key is the one the database is encrypted with; the first node decides. Waits for a replacement of
 * the key that is about to begin, so that a node which has said that it lives can ask again and be sure.
 *
 * @returns the key, with the database's own for keyed hashes
 * @throws StoreError `secret-key-mismatch`, `secret-key-rotation-unfinished`
 */
export async function checkSecretKey(
  database: Database,
  secretKey: SecretKey,
  random: (size: number) => Buffer = randomBytes,
): Promise<SecretKey> {
  await database.queries
    .insertInto('secret_key_check')
    .values({ key_id: secretKey.id, sealed: sealHashingKey(secretKey, random(hashingKeyLength)) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await database.queries
    .selectFrom('secret_key_check')
    .select(['key_id', 'sealed', 'next_key_id'])
    .forShare()
    .executeTakeFirstOrThrow();
  if (kept.next_key_id !== null) {
    throw new StoreError('secret-key-rotation-unfinished', `from key ${kept.key_id} to ${kept.next_key_id}`);
  }
  const hashingKey = kept.key_id === secretKey.id ? openHashingKey(secretKey, kept.sealed) : undefined;
  if (hashingKey === undefined) {
    throw new StoreError('secret-key-mismatch', `the database has key ${kept.key_id}, given is ${secretKey.id}`);
  }
  return secretKey.withHashing(hashingKey);
}

/** What the database says of its key, locked until the transaction ends. */
export async function lockKeyCheck(
  queries: Queries,
): Promise<{ readonly keyId: string; readonly nextKeyId: string | null; readonly sealed: Buffer } | undefined> {
  return await queries
    .selectFrom('secret_key_check')
    .select(['key_id as keyId', 'next_key_id as nextKeyId', 'sealed'])
    .forUpdate()
    .executeTakeFirst();
}

/** The key for keyed hashes, sealed for its place in the database. */
export function sealHashingKey(secretKey: SecretKey, hashingKey: Uint8Array): Buffer {
  return secretKey.seal(hashingKey, place);
}

/** What {@link sealHashingKey} was given; undefined when it does not open. */
export function openHashingKey(secretKey: SecretKey, sealed: Uint8Array): Buffer | undefined {
  try {
    return secretKey.open(sealed, place);
  } catch (fault) {
    if (fault instanceof StoreError && fault.code === 'sealed-value-unreadable') return undefined;
    throw fault;
  }
}
