import { randomBytes } from 'node:crypto';
import type { Database, Queries } from '../../database/connect.js';
import type { Role } from '../../database/tables.js';
import { StoreError } from '../../errors.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import type { Author } from './author.js';
import { type TokenRecord, tokenColumns } from './token-list.js';

/** Who presented a token, and what that one may do. */
export interface Administrator {
  readonly name: string;
  readonly role: Role;
  /** The token's number and when it was used last; undefined for the one of the environment. */
  readonly token?: { readonly id: number; readonly lastUsedAt: Date | null };
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt?: Date | undefined;
}

/** A token that was just made. */
export interface MadeToken extends TokenRecord {
  /** It is nowhere else. */
  readonly token: string;
}

/** Whom the audit names for a token that came from the environment. */
export const givenTokenName = 'OPENCAPF_ADMIN_TOKEN';

/**
 * Sees to it that somebody can administer. A given token needs no row: it is compared where it is presented
 * ({@link findAdministrator}), for as long as it is set. Without one, the first start of all makes a token.
 *
 * @param given the value of `OPENCAPF_ADMIN_TOKEN`
 * @returns the token that was made, to be shown once: it is kept as a keyed hash alone
 * @throws StoreError `administrator-token-invalid`
 */
export async function ensureAdministratorToken(
  database: Database,
  secretKey: SecretKey,
  given: string | undefined,
  random: (size: number) => Buffer = randomBytes,
): Promise<string | undefined> {
  if (given !== undefined) {
    if (!/^[\x20-\x7e]{16,}$/.test(given)) throw new StoreError('administrator-token-invalid');
    return undefined;
  }
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'first-token');
    const any = await queries.selectFrom('token').select('id').limit(1).executeTakeFirst();
    if (any !== undefined) return undefined;
    const first: NewToken = { name: 'first start', role: 'administrator' };
    const { token } = await createToken(queries, secretKey, first, { name: 'system' }, random);
    return token;
  });
}

/**
 * Makes a token.
 *
 * @param queries a transaction, so that the token and its entry in the audit come together
 */
export async function createToken(
  queries: Queries,
  secretKey: SecretKey,
  { name, role, expiresAt }: NewToken,
  author: Author,
  random: (size: number) => Buffer = randomBytes,
): Promise<MadeToken> {
  const token = `opencapf_${random(32).toString('base64url')}`;
  const record = await queries
    .insertInto('token')
    .values({
      name,
      role,
      hash: secretKey.keyedHash('token', token),
      created_by: author.name,
      expires_at: expiresAt ?? null,
    })
    .returning(tokenColumns)
    .executeTakeFirstOrThrow();
  await recordAudit(queries, {
    actor: author.name,
    action: 'token.create',
    subjectKind: 'token',
    subject: name,
    detail: { role, expiresAt: expiresAt?.toISOString() ?? null },
    remoteAddress: author.remoteAddress,
  });
  return { ...record, token };
}

/**
 * Whom a token belongs to.
 *
 * @param given the value of `OPENCAPF_ADMIN_TOKEN`
 * @returns undefined for one that is unknown, revoked or expired
 */
export async function findAdministrator(
  queries: Queries,
  secretKey: SecretKey,
  presented: string,
  given: string | undefined,
  now: Date,
): Promise<Administrator | undefined> {
  if (given !== undefined && secretKey.sameText('token', presented, given)) {
    return { name: givenTokenName, role: 'administrator' };
  }
  // Finding a row by a keyed hash tells nothing about the token by its time: nobody can aim at a hash without the key.
  const found = await queries
    .selectFrom('token')
    .where('hash', '=', secretKey.keyedHash('token', presented))
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
    .select(['name', 'role', 'id', 'last_used_at as lastUsedAt'])
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const { name, role, ...token } = found;
  return { name, role, token };
}

const useNotedEveryMs = 60_000;

/** Notes that a token was used; once a minute is enough, so that reading stays reading. */
export async function noteTokenUse(queries: Queries, { token }: Administrator, now: Date): Promise<void> {
  const stale = new Date(now.getTime() - useNotedEveryMs);
  if (token === undefined || (token.lastUsedAt !== null && token.lastUsedAt > stale)) return;
  await queries
    .updateTable('token')
    .set({ last_used_at: now })
    .where('id', '=', token.id)
    .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<=', stale)]))
    .execute();
}
