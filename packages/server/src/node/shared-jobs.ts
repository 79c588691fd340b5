import { beatEveryMs, type Database, dueJobs, enterJobs, runJob, type SharedJob } from '@opencapf/store';
import type { Logger } from '../log.js';
import { periodically } from './periodically.js';

/** A job that any node can do for all. */
export interface Job extends SharedJob {
  work(): Promise<void>;
}

/** Who runs jobs, and which. */
export interface SharedJobsOptions {
  readonly database: Database;
  /** UUID of this node. */
  readonly nodeId: string;
  readonly jobs: readonly Job[];
  readonly log: Logger;
}

/**
 * Looks at once and then every ten seconds which jobs are due and nobody is at, and does them one after the other. What
 * fails is logged, and due again soon.
 *
 * @returns stops it, when what is under way is done
 */
export async function startSharedJobs({
  database,
  nodeId,
  jobs,
  log,
}: SharedJobsOptions): Promise<() => Promise<void>> {
  const names = jobs.map(({ name }) => name);
  const look = async (): Promise<void> => {
    try {
      const due = await dueJobs(database);
      for (const job of jobs) if (due.has(job.name)) await run(job);
    } catch (err) {
      log.warn({ err }, 'the jobs of this node could not be looked at');
    }
  };
  const run = async (job: Job): Promise<void> => {
    try {
      await runJob(database, job, nodeId, () => job.work());
    } catch (err) {
      log.warn({ err, job: job.name }, 'a job failed');
    }
  };
  await enterJobs(database, names);
  return periodically(beatEveryMs, look, 'now');
}
