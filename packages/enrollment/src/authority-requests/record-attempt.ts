import { setTimeout as delay } from 'node:timers/promises';
import { authorityErrors, type IssuedCertificate } from '@opencapf/authority';
import {
  type Claim,
  type Database,
  deferRequest,
  endRequest,
  type RequestEnd,
  recordArrived,
  StoreError,
} from '@opencapf/store';
import type { AttemptOutcome } from './attempt.js';
import { backoffMs } from './backoff.js';

/** What an attempt is recorded with. */
export interface RecordOptions {
  readonly database: Database;
  readonly claim: Claim;
  /** How many there were, this one too. */
  readonly attempts: number;
  readonly random: () => number;
}

/**
 * Records what an attempt came to.
 *
 * @returns how the request ended, where it did by this
 */
export async function recordAttempt(options: RecordOptions, outcome: AttemptOutcome): Promise<RequestEnd | undefined> {
  return await persist(async () => await write(options, outcome));
}

const persistence = { tries: 5, pauseMs: 1_000 } as const;

/** What has come of a request must not be lost to an outage of PostgreSQL that is over soon. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (fault) {
      if (!(fault instanceof StoreError) || fault.code !== 'database-lost' || tries >= persistence.tries) throw fault;
      await delay(persistence.pauseMs);
    }
  }
}

async function write(options: RecordOptions, outcome: AttemptOutcome): Promise<RequestEnd | undefined> {
  const { database, claim, attempts, random } = options;
  switch (outcome.kind) {
    case 'issued':
      return await recordCertificate(options, outcome.certificate);
    case 'ended': {
      const { state, cause } = outcome;
      return (await endRequest(database, claim, state, cause)) ? { state, ...cause } : undefined;
    }
    case 'deferred': {
      const { state, pollReference, after, cause } = outcome;
      const afterMs = after === 'byHand' ? undefined : backoffMs(attempts, random, after);
      await deferRequest(database, claim, { state, pollReference, afterMs }, cause);
      return undefined;
    }
  }
}

async function recordCertificate(
  { database, claim }: RecordOptions,
  { certificate, ...facts }: IssuedCertificate,
): Promise<RequestEnd | undefined> {
  const arrival = await recordArrived(database, claim.certificate, { ...facts, der: certificate });
  switch (arrival) {
    case 'issued':
      return { state: 'issued', certificate: claim.certificate, der: Buffer.from(certificate) };
    case 'late':
    case 'known':
      return undefined;
    case 'serialKnown': {
      const cause = { code: 'issued-certificate-serial', words: authorityErrors['issued-certificate-serial'] };
      return (await endRequest(database, claim, 'failed', cause)) ? { state: 'failed', ...cause } : undefined;
    }
  }
}
