import { sql, type Transaction } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { FileSignerPurpose, FileSignerTable, SigningPurpose } from '../../database/tables-trust-lists.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { forgetUnusedKey, keepPrivateKey, openPrivateKey } from '../authorities/private-keys.js';
import { lockSubject } from '../locks.js';

/** A key pair with its certificate that is to sign phones' files, as its maker hands it over. */
export interface NewFileSigner {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array;
  /** Such as `RSA 2048`. */
  readonly algorithm: string;
}

/** Who signs phones' files, as administrators see it. */
export interface FileSignerFacts {
  readonly id: number;
  readonly purpose: FileSignerPurpose;
  readonly state: FileSignerTable['state'];
  /** DER. */
  readonly certificate: Buffer;
  /** SHA-256 over the certificate, lower-case hex. */
  readonly sha256: string;
  /** Whether its private key is kept here. */
  readonly hasKey: boolean;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly retiredAt: Date | null;
  /** When the key of a recovery signer was given out. */
  readonly exportedAt: Date | null;
}

/** A signer with its key. */
export interface FileSignerKey {
  readonly id: number;
  /** DER. */
  readonly certificate: Buffer;
  /** DER PKCS#8. */
  readonly privateKey: Buffer;
}

/** Who signs; whom phones meet over HTTPS is made where that is switched on. */
const purposes: readonly SigningPurpose[] = ['tftp', 'sast', 'recovery'];

/**
 * Makes sure that there is an active signer for each of what is signed; on the first start of all nodes exactly one of them makes all three.
 *
 * @param make - called at most once for each purpose, under a lock that other nodes wait for
 * @returns the purposes that this call made a signer for
 */
export async function ensureFileSigners(
  database: Database,
  secretKey: SecretKey,
  make: (purpose: SigningPurpose) => Promise<NewFileSigner>,
): Promise<readonly SigningPurpose[]> {
  if ((await missing(database.queries)).length === 0) return [];
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    const wanted = await missing(queries);
    for (const purpose of wanted) {
      await keepFileSigner(queries, secretKey, purpose, 'active', await make(purpose), { name: 'system' });
    }
    return wanted;
  });
}

async function missing(queries: Queries): Promise<readonly SigningPurpose[]> {
  const active = await queries.selectFrom('file_signer').where('state', '=', 'active').select('purpose').execute();
  return purposes.filter((wanted) => !active.some(({ purpose }) => purpose === wanted));
}

/** Keeps a signer with its key, sealed. Under the lock of the trust lists. */
export async function keepFileSigner(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  purpose: FileSignerPurpose,
  state: 'staged' | 'active',
  { certificate, publicKey, privateKey, algorithm }: NewFileSigner,
  author: Author,
): Promise<number> {
  const key = await keepPrivateKey(
    queries,
    secretKey,
    { publicKey, algorithm, kept: { pkcs8: privateKey } },
    'file-signer',
  );
  if (key === 'keptElsewhere') throw new TypeError('the key of a signer of files lies elsewhere');
  const { id, sha256 } = await queries
    .insertInto('file_signer')
    .values({
      purpose,
      state,
      certificate: Buffer.from(certificate),
      private_key_id: key,
      ...(state === 'active' ? { activated_at: sql<Date>`now()` } : {}),
    })
    .returning(['id', sql<string>`encode(certificate_sha256, 'hex')`.as('sha256')])
    .executeTakeFirstOrThrow();
  await auditSigner(queries, 'create', id, author, { purpose, state, sha256, algorithm });
  return id;
}

/** Ends the signing of one, and forgets its key: what it signed stays verifiable. Under the lock of the trust lists. */
export async function retireFileSigner(queries: Transaction<Tables>, id: number): Promise<void> {
  const row = await queries
    .selectFrom('file_signer')
    .where('id', '=', id)
    .select('private_key_id as key')
    .executeTakeFirstOrThrow();
  await queries
    .updateTable('file_signer')
    .set({ state: 'retired', retired_at: sql<Date>`now()`, private_key_id: null })
    .where('id', '=', id)
    .execute();
  if (row.key !== null) await forgetUnusedKey(queries, row.key);
}

/** All of them, the newest first. */
export async function listFileSigners(queries: Queries): Promise<readonly FileSignerFacts[]> {
  const { rows } = await sql<FileSignerFacts>`
    select id, purpose, state, certificate, encode(certificate_sha256, 'hex') as sha256,
      private_key_id is not null as "hasKey", created_at as "createdAt", activated_at as "activatedAt",
      retired_at as "retiredAt", exported_at as "exportedAt"
    from opencapf_private.file_signer order by id desc`.execute(queries);
  return rows;
}

/**
 * The active signer of a purpose with its key.
 *
 * @returns undefined before the first start with `OPENCAPF_TFTP=on`, and of a recovery signer whose key is kept elsewhere
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readFileSigner(
  queries: Queries,
  secretKey: SecretKey,
  purpose: FileSignerPurpose,
): Promise<FileSignerKey | undefined> {
  const row = await queries
    .selectFrom('file_signer')
    .innerJoin('private_key', 'private_key.id', 'file_signer.private_key_id')
    .where('file_signer.purpose', '=', purpose)
    .where('file_signer.state', '=', 'active')
    .select(['file_signer.id', 'certificate', 'private_key_id as key', 'sealed'])
    .executeTakeFirst();
  if (row === undefined || row.key === null || row.sealed === null) return undefined;
  return { id: row.id, certificate: row.certificate, privateKey: openPrivateKey(secretKey, row.key, row.sealed) };
}

/** Writes a change of a signer into the audit. */
export async function auditSigner(
  queries: Queries,
  verb: string,
  id: number,
  author: Author,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await recordDeed(queries, author, `file-signer.${verb}`, ['file-signer', String(id)], detail);
}
