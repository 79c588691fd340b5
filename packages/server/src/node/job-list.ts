import {
  AuditSigner,
  beatEveryMs,
  type Database,
  endLostProbes,
  endLostSessions,
  expireOverdueOperations,
  forgetFetches,
  forgetOld,
  forgetQuietGuessing,
  pruneAudit,
  type SecretKey,
  type SettingValues,
  sumUpRefusals,
  trimSessions,
} from '@opencapf/store';
import { ensurePhoneFiles, type PhoneFileFormat } from '@opencapf/tftp';
import { TrustListLog } from '../files/trust-list-log.js';
import type { Logger } from '../log.js';
import { longestSessionMs } from '../phones/deadlines.js';
import { subjectFields } from '../start/identity.js';
import type { Job } from './shared-jobs.js';

/** What the jobs work with. */
export interface JobListOptions {
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly dataDir: string;
  /** UUID of this node. */
  readonly nodeId: string;
  readonly settings: SettingValues;
  /** How phones' files are written; undefined where they are not served. */
  readonly phoneFiles: PhoneFileFormat | undefined;
  readonly now: () => Date;
  readonly log: Logger;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/**
 * What one node at a time does for all: takes up what lost nodes left behind, ends operations whose time has passed, keeps
 * small what strangers make us write, and forgets what is over for long.
 */
export function sharedJobs({
  database,
  secretKey,
  dataDir,
  nodeId,
  settings,
  phoneFiles,
  now,
  log,
}: JobListOptions): readonly Job[] {
  const jobs: Job[] = [
    {
      name: 'lost-sessions',
      everyMs: beatEveryMs,
      async work() {
        const lost = await endLostSessions(database, nodeId);
        if (lost > 0) log.info({ lost }, 'ended sessions of nodes that are gone');
        const probes = await endLostProbes(database, longestSessionMs(settings));
        if (probes > 0) log.info({ probes }, 'ended probes that nobody carries out any more');
      },
    },
    {
      name: 'overdue-operations',
      everyMs: minuteMs,
      async work() {
        const expired = await expireOverdueOperations(database, now(), longestSessionMs(settings));
        if (expired > 0) log.info({ expired }, 'ended operations whose time has passed');
      },
    },
    { name: 'refusals', everyMs: minuteMs, work: async () => void (await sumUpRefusals(database, now())) },
    {
      name: 'guessing',
      everyMs: minuteMs,
      work: async () => void (await forgetQuietGuessing(database, now(), settings.wrongStringsLockout * minuteMs)),
    },
    { name: 'session-records', everyMs: minuteMs, work: async () => void (await trimSessions(database, now())) },
    {
      name: 'retention',
      everyMs: dayMs,
      async work() {
        const daysAgo = (days: number): Date => new Date(now().getTime() - days * dayMs);
        const forgotten = await forgetOld(database, {
          sessions: daysAgo(settings.sessionRetentionDays),
          operations: daysAgo(settings.operationRetentionDays),
          certificates: daysAgo(settings.certificateRetentionDays),
        });
        const fetches = await forgetFetches(database, daysAgo(settings.fileFetchRetentionDays));
        log.debug({ ...forgotten, fetches }, 'forgot what was to be kept no longer');
      },
    },
  ];
  if (phoneFiles !== undefined) {
    const lists = new TrustListLog(log);
    jobs.push({
      name: 'trust-lists',
      everyMs: beatEveryMs,
      work: async () =>
        await lists.watch(
          async () => await ensurePhoneFiles(database, secretKey, phoneFiles, subjectFields(settings), now()),
        ),
    });
  }
  const { auditRetentionDays } = settings;
  if (auditRetentionDays === undefined) return jobs;
  const signer = new AuditSigner(secretKey);
  jobs.push({
    name: 'audit-prune',
    everyMs: dayMs,
    async work() {
      const before = new Date(now().getTime() - auditRetentionDays * dayMs);
      const entries = await pruneAudit(database, signer, dataDir, before, { name: 'system' });
      if (entries > 0) log.info({ entries, before }, 'pruned the audit');
    },
  });
  return jobs;
}
