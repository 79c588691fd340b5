import { userInfo } from 'node:os';
import type { ClientConfig } from 'pg';
import { StoreError } from '../errors.js';
import type { DatabaseConnection } from './connection.js';

/** A database as `pg` wants it, and as people may read of it. */
export interface Target {
  readonly config: ClientConfig;
  /** Host, port and database, without credentials. */
  readonly where: string;
}

/**
 * Reads `DATABASE_URL`, or takes a connection as it is.
 *
 * @throws StoreError `database-url-invalid`; the URL, which holds a password, is not repeated
 */
export function findTarget(given: DatabaseConnection | string): Target {
  if (typeof given !== 'string') {
    return { config: given, where: `${given.host}, port ${given.port}, database ${given.database}` };
  }
  // libpq allows a user without a host, as in postgres://user@/database?host=/run/postgresql; URL does not.
  const text = given.replace('@/', '@localhost/');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) throw new StoreError('database-url-invalid');
  try {
    const host = url.searchParams.get('host') || decodeURIComponent(url.hostname) || 'localhost';
    const database =
      decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username) || userInfo().username;
    return {
      config: { connectionString: given },
      where: `${host}, port ${url.port || url.searchParams.get('port') || '5432'}, database ${database}`,
    };
  } catch {
    throw new StoreError('database-url-invalid');
  }
}
