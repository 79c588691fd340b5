import type { Database } from '../../database/connect.js';
import type { SealedPlace, SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';

function place(operation: number): SealedPlace {
  return { table: 'operation', row: operation, column: 'authentication_string' };
}

/** An operation's authentication string, encrypted for its row and no other. */
export function sealAuthenticationString(secretKey: SecretKey, operation: number, text: string): Buffer {
  return secretKey.seal(Buffer.from(text), place(operation));
}

/**
 * What {@link sealAuthenticationString} was given.
 *
 * @throws StoreError `sealed-value-unreadable`
 */
export function openAuthenticationString(secretKey: SecretKey, operation: number, sealed: Uint8Array): string {
  return secretKey.open(sealed, place(operation)).toString();
}

/**
 * The authentication string of an open operation, for somebody who may see it; the audit says who did.
 *
 * @returns undefined when there is none
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readAuthenticationString(
  database: Database,
  secretKey: SecretKey,
  operation: number,
  author: Author,
): Promise<string | undefined> {
  return await database.transaction(async (queries) => {
    const row = await queries
      .selectFrom('operation')
      .where('id', '=', operation)
      .select(['device_name', 'authentication_string'])
      .executeTakeFirst();
    if (row === undefined || row.authentication_string === null) return undefined;
    await recordAudit(queries, {
      actor: author.name,
      action: 'authentication-string.read',
      subjectKind: 'device',
      subject: row.device_name,
      remoteAddress: author.remoteAddress,
      detail: { operation },
    });
    return openAuthenticationString(secretKey, operation, row.authentication_string);
  });
}
