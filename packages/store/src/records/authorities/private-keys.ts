import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';

/** A private key that an issuer, the CAPF certificate or a signer of files is to sign with. */
export interface NewPrivateKey {
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Such as `RSA 2048`. */
  readonly algorithm: string;
  /** The key itself as DER PKCS#8, which is kept sealed; or where it stays, without secrets: a file on the nodes, an HSM. */
  readonly kept: { readonly pkcs8: Uint8Array } | { readonly location: object };
}

/**
 * Keeps a private key. One that is known by its public key is not kept a second time.
 *
 * @returns the number of its row; `keptElsewhere` when it is known, and kept in another place than this
 */
export async function keepPrivateKey(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  { publicKey, algorithm, kept }: NewPrivateKey,
  purpose: 'capf' | 'issuer' | 'file-signer',
): Promise<number | 'keptElsewhere'> {
  const known = await queries
    .selectFrom('private_key')
    .where('public_key', '=', Buffer.from(publicKey))
    .select(['id', 'location'])
    .executeTakeFirst();
  if (known !== undefined) {
    const location = 'pkcs8' in kept ? null : kept.location;
    return isDeepStrictEqual(known.location, location) ? known.id : 'keptElsewhere';
  }
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('opencapf_private.private_key', 'id')) as id`.execute(queries);
  const id = rows[0]?.id ?? 0;
  const place =
    'pkcs8' in kept
      ? { sealed: secretKey.seal(kept.pkcs8, privateKeyPlace(id)), location: null }
      : { sealed: null, location: JSON.stringify(kept.location) };
  await queries
    .insertInto('private_key')
    .values({ id, purpose, algorithm, public_key: Buffer.from(publicKey), ...place })
    .execute();
  return id;
}

/** Forgets a key that nobody signs with any more. */
export async function forgetUnusedKey(queries: Transaction<Tables>, id: number): Promise<void> {
  await sql`
    delete from opencapf_private.private_key k where k.id = ${id}
      and not exists (select from opencapf_private.issuer where private_key_id = k.id)
      and not exists (select from opencapf_private.capf_identity where private_key_id = k.id)
      and not exists (select from opencapf_private.file_signer where private_key_id = k.id)`.execute(queries);
}

/** The key of a row, DER PKCS#8. @throws StoreError `sealed-value-unreadable` */
export function openPrivateKey(secretKey: SecretKey, id: number, sealed: Buffer): Buffer {
  return secretKey.open(sealed, privateKeyPlace(id));
}

function privateKeyPlace(row: number) {
  return { table: 'private_key', row, column: 'sealed' };
}
