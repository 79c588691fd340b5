import { PostgresDialect, type PostgresDialectConfig, type PostgresPoolClient, type PostgresQueryResult } from 'kysely';
import { type ClientConfig, type Pool, types } from 'pg';
import { StoreError } from '../errors.js';
import { isServerReport } from './faults.js';

const int8 = 20;

/** Numbers of 64 bits come as numbers: ids and counts stay far below 2^53. */
export const typeParsers: NonNullable<ClientConfig['types']> = {
  getTypeParser(id: number, format?: 'text' | 'binary') {
    if (id === int8 && format !== 'binary') return toSafeInteger;
    return types.getTypeParser(id, format as 'text');
  },
};

function toSafeInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is beyond the numbers that are kept exactly`);
  return number;
}

/**
 * Kysely on a pool. A connection on which anything but a report of the server came back (silence, a reset) is closed
 * and never given to anybody else.
 */
export function dialectOn(pool: Pool): PostgresDialect {
  const config: PostgresDialectConfig = {
    pool: {
      connect: async () => await lend(pool),
      end: async () => await pool.end(),
    },
  };
  return new PostgresDialect(config);
}

async function lend(pool: Pool): Promise<PostgresPoolClient> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new StoreError('database-lost', undefined, { cause });
  });
  let broken = false;
  async function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (broken) throw new StoreError('database-lost');
    try {
      const { command, rowCount, rows } = await client.query(sql, [...parameters]);
      return { command: command as PostgresQueryResult<R>['command'], rowCount: rowCount ?? 0, rows };
    } catch (fault) {
      if (isServerReport(fault)) throw fault;
      broken = true;
      throw new StoreError('database-lost', undefined, { cause: fault });
    }
  }
  return { query: query as PostgresPoolClient['query'], release: () => client.release(broken) };
}
