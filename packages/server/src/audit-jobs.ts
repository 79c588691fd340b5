import { hostname } from 'node:os';
import { AuditSigner, type Database, pruneAudit, type SecretKey, signAuditHeads } from '@opencapf/store';
import type { Logger } from './log.js';

export interface AuditJobsOptions {
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly dataDir: string;
  /** `OPENCAPF_AUDIT_RETENTION_DAYS` */
  readonly retentionDays: number | undefined;
  readonly log: Logger;
  /** How often heads are signed, in milliseconds. Default a minute. */
  readonly everyMs?: number;
}

const dayMs = 86_400_000;

/**
 * Signs the heads of the audit at once, then every minute and at the end; once a day removes what is older than it is to be
 * kept. What fails is logged, and tried again the next time.
 *
 * @returns stops it, when what is under way is done
 */
export async function startAuditJobs(options: AuditJobsOptions): Promise<() => Promise<void>> {
  const { database, secretKey, dataDir, retentionDays, log, everyMs = 60_000 } = options;
  const signer = new AuditSigner(secretKey);
  let pruned = 0;
  const work = async (): Promise<void> => {
    try {
      await signAuditHeads(database, signer, dataDir);
      if (retentionDays === undefined || Date.now() - pruned < dayMs) return;
      pruned = Date.now();
      const before = new Date(Date.now() - retentionDays * dayMs);
      const entries = await pruneAudit(database, signer, dataDir, before, { name: 'system' });
      if (entries > 0) log.info({ entries, before, node: hostname() }, 'pruned the audit');
    } catch (err) {
      log.error({ err }, 'the audit could not be signed or pruned');
    }
  };
  let working = work();
  await working;
  const timer = setInterval(() => {
    working = working.then(work);
  }, everyMs);
  return async () => {
    clearInterval(timer);
    working = working.then(work);
    await working;
  };
}
