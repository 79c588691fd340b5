import type { DatabaseConnection } from '../database/connection.js';
import { findLocation, readPassword, serviceDatabase, serviceRole } from './directory.js';
import { findPostmaster } from './postmaster.js';
import { socketPort } from './socket-directory.js';

/**
 * How the embedded server of a data directory is reached that somebody else runs.
 *
 * @returns undefined when none runs
 * @throws StoreError `data-directory-not-a-directory`, `data-directory-not-writable`
 */
export async function findEmbeddedDatabase(dataDir: string): Promise<DatabaseConnection | undefined> {
  const location = await findLocation(dataDir);
  const host = (await findPostmaster(location))?.socketDirectory;
  if (host === undefined) return undefined;
  const password = await readPassword(location);
  return { host, port: socketPort, user: serviceRole, password, database: serviceDatabase };
}
