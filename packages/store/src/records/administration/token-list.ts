import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Role } from '../../database/tables.js';
import { recordAudit } from '../audit/audit.js';
import type { Author } from './author.js';

/** A token as administrators see it: never the token itself. */
export interface TokenRecord {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** The columns of a {@link TokenRecord}. */
export const tokenColumns = [
  'id',
  'name',
  'role',
  'created_at as createdAt',
  'created_by as createdBy',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
  'revoked_at as revokedAt',
] as const;

/** Every token that was made, revoked and expired ones too, the oldest first. */
export async function listTokens(database: Database): Promise<readonly TokenRecord[]> {
  return await database.queries.selectFrom('token').select(tokenColumns).orderBy('id').execute();
}

/**
 * Revokes a token, from this moment on; a second time changes nothing.
 *
 * @returns false when there is no such token
 */
export async function revokeToken(database: Database, id: number, { name, remoteAddress }: Author): Promise<boolean> {
  return await database.transaction(async (queries) => {
    const revoked = await queries
      .updateTable('token')
      .set({ revoked_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning('name')
      .executeTakeFirst();
    if (revoked === undefined) {
      return (await queries.selectFrom('token').where('id', '=', id).select('id').executeTakeFirst()) !== undefined;
    }
    await recordAudit(queries, {
      actor: name,
      action: 'token.revoke',
      subjectKind: 'token',
      subject: revoked.name,
      detail: { id },
      remoteAddress,
    });
    return true;
  });
}
