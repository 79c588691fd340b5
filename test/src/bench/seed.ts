import { Client } from 'pg';
import type { BenchService } from './bench-service.js';

/**
 * Adds phones with an install queued by null string, as the API does, but at once and past it: what is measured is not how
 * they came to be there.
 */
export async function seedPending({ service }: BenchService, names: readonly string[]): Promise<void> {
  await withDatabase(service.database, async (client) => {
    await client.query('insert into opencapf_private.device (name) select unnest($1::text[])', [names]);
    await client.query(
      `insert into opencapf_private.operation
         (device_id, device_name, kind, authentication_mode, completes_by, created_by)
       select id, name, 'install', 'nullString', now() + interval '1 day', 'bench'
         from opencapf_private.device where name = any ($1::text[])`,
      [names],
    );
  });
}

/** Adds phones with nothing queued, likewise. */
export async function seedIdle({ service }: BenchService, names: readonly string[]): Promise<void> {
  await withDatabase(service.database, async (client) => {
    await client.query('insert into opencapf_private.device (name) select unnest($1::text[])', [names]);
  });
}

export async function withDatabase<Result>(
  database: BenchService['service']['database'],
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client(database);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Names of so many phones. @param letter - a hexadecimal digit that tells them from others */
export function namesOf(letter: string, count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `SEP${letter}${index.toString(16).toUpperCase().padStart(11, '0')}`,
  );
}
