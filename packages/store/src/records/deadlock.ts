import { codeOf } from '../database/faults.js';

const deadlock = '40P01';
const mostTries = 5;

/**
 * Runs a transaction again when PostgreSQL ended it because two waited for each other: an administrator and a phone may
 * take the same rows in another order.
 */
export async function againAfterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (fault) {
      if (codeOf(fault) !== deadlock || tries === mostTries) throw fault;
    }
  }
}
