import { sep } from 'node:path';
import {
  connectDatabase,
  type Database,
  type DatabaseConnection,
  migrateDatabase,
  type SettingValues,
  startEmbeddedDatabase,
} from '@opencapf/store';
import type { Logger } from '../log.js';

/** A database that is migrated and ready. */
export interface ServiceDatabase {
  readonly database: Database;
  /** Whether it is the server of this data directory. */
  readonly embedded: boolean;
  /** For processes that connect too. */
  readonly connection: DatabaseConnection | string;
  /** In words, without credentials. */
  readonly description: string;
  /** Whether this start made the schema. */
  readonly created: boolean;
  stop(): Promise<void>;
}

/** `DATABASE_URL` unreachable ends the start within 30 s (DESIGN section 4); the rest of a start needs some of them. */
const reachDeadlineMs = 20_000;

/**
 * Connects to `DATABASE_URL`, or starts or adopts the embedded server, and migrates.
 *
 * @throws StoreError every code about the database and the data directory
 */
export async function openDatabase(
  settings: SettingValues,
  log: Logger,
  signal: AbortSignal,
): Promise<ServiceDatabase> {
  const { dataDir, databaseUrl } = settings;
  const progress = (line: string): void => log.warn(line);
  const embedded =
    databaseUrl === undefined
      ? await startEmbeddedDatabase({ dataDir, signal, log: (line) => log.info(line) })
      : undefined;
  let database: Database | undefined;
  const stop = async (): Promise<void> => {
    await database?.close();
    await embedded?.stop();
  };
  try {
    const connection = embedded?.connection ?? databaseUrl ?? '';
    database = await connectDatabase(connection, {
      deadlineMs: reachDeadlineMs,
      log: progress,
      signal,
    });
    const { applied, warnings } = await migrateDatabase(database);
    for (const warning of warnings) log.warn(warning);
    const where = embedded === undefined ? database.where : `embedded PostgreSQL in ${dataDir}${sep}postgres`;
    return {
      database,
      embedded: embedded !== undefined,
      connection,
      description: where,
      created: applied.length > 0,
      stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  }
}
