import type { Transaction } from 'kysely';
import type { Transactions } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import { lockSubject } from '../locks.js';
import { readTrustListContent, type TrustListContent } from './trust-list-content.js';

/**
 * Transactions that change what trust lists hold, one at a time of all nodes.
 *
 * @param end - sees what lists held and hold now, in the same transaction, and takes all of it back by rejecting
 */
export function trustListTransactions(
  database: Transactions,
  end: (queries: Transaction<Tables>, before: TrustListContent, now: TrustListContent) => Promise<void>,
): Transactions {
  return {
    transaction: async (work) =>
      await database.transaction(async (queries) => {
        await lockSubject(queries, 'trust-lists');
        const before = await readTrustListContent(queries);
        const result = await work(queries);
        await end(queries, before, await readTrustListContent(queries));
        return result;
      }),
  };
}
