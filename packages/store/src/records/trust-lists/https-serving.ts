import { sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import { keepFileSigner, type NewFileSigner } from './file-signers.js';

/**
 * Takes note of whether phones' files are served over HTTPS from now on, for all nodes: of nodes that differ the last one counts. The
 * server's certificate is made once, and stays on record when it is switched off, so that phones that have a list with it are not told
 * of another one when it is switched on again.
 *
 * @param make - called at most once, under a lock that other nodes wait for
 */
export async function keepHttpsServing(
  database: Database,
  secretKey: SecretKey,
  serves: boolean,
  make: () => Promise<NewFileSigner>,
): Promise<void> {
  if ((await servesHttps(database.queries)) === serves) return;
  await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-lists');
    if ((await servesHttps(queries)) === serves) return;
    if (serves && !(await hasServer(queries))) {
      await keepFileSigner(queries, secretKey, 'https', 'active', await make(), { name: 'system' });
    }
    await queries.updateTable('trust_list_plan').set({ serves_https: serves, updated_at: sql<Date>`now()` }).execute();
    await recordAudit(queries, {
      actor: 'system',
      action: 'trust-list.serve-https',
      subjectKind: 'trust-list',
      subject: 'itl',
      detail: { serves },
    });
  });
}

/** Whether phones' files are served over HTTPS. */
export async function servesHttps(queries: Queries): Promise<boolean> {
  const plan = await queries.selectFrom('trust_list_plan').select('serves_https').executeTakeFirstOrThrow();
  return plan.serves_https;
}

async function hasServer(queries: Queries): Promise<boolean> {
  const server = await queries
    .selectFrom('file_signer')
    .where('purpose', '=', 'https')
    .where('state', '=', 'active')
    .select('id')
    .executeTakeFirst();
  return server !== undefined;
}
