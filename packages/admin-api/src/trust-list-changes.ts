import type { Transactions } from '@opencapf/store';
import { refreshLists, TftpError, trustListChanges } from '@opencapf/tftp';
import type { FastifyBaseLogger } from 'fastify';
import type { AdminApiServices } from './services.js';

/**
 * For changes of what trust lists hold: what phones could not load is not changed, and lists are built of the rest at once where this
 * node serves them.
 *
 * Whoever changes something by them meets TftpError `trust-list-too-long`, `trust-record-key-unsupported`,
 * `trust-record-host-malformed`.
 */
export async function listChanges({
  database,
  secretKey,
  phoneFiles,
  now = () => new Date(),
}: AdminApiServices): Promise<Transactions> {
  return await trustListChanges(database, secretKey, phoneFiles, now());
}

/**
 * Builds lists after something was taken out of them. One that is too long all the same is no reason to put it in again: it is warned
 * of, and the next one taken out may be enough.
 */
export async function rebuildIfWritable(
  { database, secretKey, phoneFiles, now = () => new Date() }: AdminApiServices,
  log: FastifyBaseLogger,
): Promise<void> {
  if (phoneFiles === undefined) return;
  try {
    await refreshLists(database, secretKey, phoneFiles, now());
  } catch (err) {
    if (!(err instanceof TftpError)) throw err;
    log.warn({ err }, 'no trust list can be written yet');
  }
}
