import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkSecretKey,
  connectDatabase,
  type Database,
  findEmbeddedDatabase,
  loadSecretKey,
  readSettings,
  readStoredSettings,
  resolveSettings,
  type SecretKey,
  type SettingValues,
  startEmbeddedDatabase,
} from '@opencapf/store';
import { ServerError } from '../errors.js';
import type { Configuration } from './configuration.js';
import { openDataDirectory } from './data-directory.js';

/** What a service has in Postgres and in its data directory, for commands that do not ask the service. */
export interface ServiceStore extends AsyncDisposable {
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly dataDir: string;
  readonly settings: SettingValues;
}

/**
 * Opens what a service left or is working on, without asking it: its embedded database is used where it runs, and
 * otherwise started for as long as it is needed. Nothing is made or migrated.
 *
 * @param check - what makes sure of the secret key; a replacement of it does that itself
 * @throws ServerError `service-data-missing`, `data-directory-in-use`
 * @throws StoreError what speaks of the database or of the secret key
 */
export async function openServiceStore(
  { given, bootstrap }: Configuration,
  check: (database: Database, secretKey: SecretKey) => Promise<SecretKey> = checkSecretKey,
): Promise<ServiceStore> {
  const { dataDir, databaseUrl } = bootstrap;
  const key = join(dataDir, 'secret.key');
  const missing = [
    ...(given.secretKey === undefined && !existsSync(key) ? [key] : []),
    ...(databaseUrl === undefined && !existsSync(join(dataDir, 'postgres')) ? [join(dataDir, 'postgres')] : []),
  ];
  if (missing.length > 0) {
    throw new ServerError('service-data-missing', `OPENCAPF_DATA_DIR: there is no ${missing.join(' and no ')}`);
  }
  const givenKey = await loadSecretKey(given.secretKey, dataDir);
  const { connection, release } = await reachDatabase(dataDir, databaseUrl);
  let database: Database | undefined;
  const close = async (): Promise<void> => {
    await database?.close();
    await release();
  };
  try {
    database = await connectDatabase(connection, { maxConnections: 3 });
    const secretKey = await check(database, givenKey);
    const stored = Object.fromEntries(await readStoredSettings(database.queries));
    const settings = resolveSettings(readSettings(stored, 'Postgres', true).values, given);
    return { database, secretKey, dataDir, settings, [Symbol.asyncDispose]: close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function reachDatabase(dataDir: string, databaseUrl: string | undefined) {
  if (databaseUrl !== undefined) return { connection: databaseUrl, release: async () => undefined };
  const running = await findEmbeddedDatabase(dataDir);
  if (running !== undefined) return { connection: running, release: async () => undefined };
  // No service may start a server of its own on this directory before ours has stopped.
  const directory = await openDataDirectory(dataDir);
  try {
    const embedded = await startEmbeddedDatabase({ dataDir: directory.path });
    return {
      connection: embedded.connection,
      release: async () => {
        await embedded.stop();
        directory.release();
      },
    };
  } catch (fault) {
    directory.release();
    throw fault;
  }
}
