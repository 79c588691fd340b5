import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Connects to the embedded server of a data directory, as docs/tftp-builder-contract.md tells builders to. */
export async function connectToEmbedded(dataDir: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[4],
    port: 5432,
    user: 'opencapf',
    database: 'opencapf',
    password: readFileSync(join(dataDir, 'postgres', 'opencapf.password'), 'utf8').trim(),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {}); // the server is killed on purpose; the query under way fails and says so
  await client.connect();
  return client;
}

/** The process id of the embedded server. */
export function postmasterPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}
