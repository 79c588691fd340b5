import type { Database } from '../database/connect.js';
import { StoreError } from '../errors.js';
import type { SealedPlace, SecretKey } from './secret-key.js';

const place: SealedPlace = { table: 'secret_key_check', row: 1, column: 'sealed' };
const knownText = 'OpenCAPF';

/**
 * Makes sure that this key is the one the database is encrypted with; the first node decides.
 *
 * @throws StoreError `secret-key-mismatch`
 */
export async function checkSecretKey(database: Database, secretKey: SecretKey): Promise<void> {
  await database.queries
    .insertInto('secret_key_check')
    .values({ key_id: secretKey.id, sealed: secretKey.seal(Buffer.from(knownText), place) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await database.queries
    .selectFrom('secret_key_check')
    .select(['key_id', 'sealed'])
    .executeTakeFirstOrThrow();
  if (kept.key_id !== secretKey.id || opens(secretKey, kept.sealed) !== knownText) {
    throw new StoreError('secret-key-mismatch', `the database has key ${kept.key_id}, given is ${secretKey.id}`);
  }
}

function opens(secretKey: SecretKey, sealed: Buffer): string | undefined {
  try {
    return secretKey.open(sealed, place).toString();
  } catch (fault) {
    if (fault instanceof StoreError && fault.code === 'sealed-value-unreadable') return undefined;
    throw fault;
  }
}
