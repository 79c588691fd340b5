import { hostname } from 'node:os';
import type { LiveSessions } from '@opencapf/enrollment';
import {
  beat,
  type Database,
  endLostSessions,
  expireOverdueOperations,
  forgetNode,
  forgetQuietGuessing,
  type GuessingBounds,
  sumUpRefusals,
  trimSessions,
} from '@opencapf/store';
import type { Logger } from './log.js';

/** What a node does beside serving phones. */
export interface NodeJobsOptions {
  readonly database: Database;
  /** UUID of this node. */
  readonly nodeId: string;
  readonly version: string;
  readonly live: Pick<LiveSessions, 'ids'>;
  /** How long an operation that is in progress may overrun its time, in milliseconds: as long as a session can take. */
  readonly graceMs: number;
  readonly guessing: Pick<GuessingBounds, 'refusalMs'>;
  readonly log: Logger;
}

const everyMs = 60_000;

/** A node that was not heard of for so long is gone, in milliseconds. */
const silenceMs = 5 * everyMs;

/**
 * Says at once and then every minute that this node lives, takes up what lost nodes left behind, ends operations whose
 * time has passed, and keeps small what strangers make us write. A minute that fails is logged, and the next one tries again.
 *
 * @returns stops it, when what is under way is done
 */
export async function startNodeJobs(options: NodeJobsOptions): Promise<() => Promise<void>> {
  const { database, nodeId, log } = options;
  let working = work(options);
  await working;
  const timer = setInterval(() => {
    working = working.then(() => work(options));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await working;
    await forgetNode(database, nodeId).catch((err: unknown) => log.warn({ err }, 'this node could not sign off'));
  };
}

async function work({ database, nodeId, version, live, graceMs, guessing, log }: NodeJobsOptions): Promise<void> {
  try {
    await beat(database, { id: nodeId, host: hostname(), processId: process.pid, version });
    const lost = await endLostSessions(database, nodeId, live.ids(), silenceMs);
    const expired = await expireOverdueOperations(database, new Date(), graceMs);
    if (lost + expired > 0) log.info({ lost, expired }, 'ended lost sessions and expired operations');
    const now = new Date();
    await sumUpRefusals(database, now);
    await forgetQuietGuessing(database, now, guessing.refusalMs);
    await trimSessions(database, now);
  } catch (err) {
    log.warn({ err }, 'the jobs of this minute failed');
  }
}
