import { systemClock } from './clock.js';
import { type Enrollment, type EnrollOptions, enroll } from './enroll.js';
import type { EnrollHooks } from './hooks.js';
import type { Outcome } from './outcome.js';
import { wait } from './wait.js';

/** How a phone comes again after a communication failure. */
export interface Persistence {
  /** How often it comes again, after the first visit. */
  readonly times: number;
  /** From the end of a visit to the next one, in milliseconds. */
  readonly pauseMs: number;
}

/** As phones do: three more times, 30 s apart (phone-behaviour.md, "Where to"). */
export const asPhonesDo: Persistence = { times: 3, pauseMs: 30_000 };

/** One visit of several. */
export interface Visit {
  /** When it began, milliseconds since 1970. */
  readonly begun: number;
  readonly enrollment: Enrollment;
}

/** What came of all visits. */
export interface PersistentEnrollment {
  /** What came of the last one. */
  readonly enrollment: Enrollment;
  /** All, the last one too. */
  readonly visits: readonly Visit[];
  /** The signal came before the phone was done. */
  readonly brokenOff: boolean;
}

/**
 * Visits a CAPF server until something has come of it: after a communication failure the phone comes again, with all that
 * it holds, the key that it was asked to make included.
 *
 * @param comesAgain - Is told, before the pause, what came of a visit that is not the last, and how many were made.
 */
export async function enrollPersistently(
  options: EnrollOptions,
  hooks: EnrollHooks,
  { times, pauseMs }: Persistence,
  comesAgain: (enrollment: Enrollment, visits: number) => void = () => {},
): Promise<PersistentEnrollment> {
  const { clock = systemClock, signal } = options;
  const visits: Visit[] = [];
  let { identity } = options;
  for (;;) {
    const begun = clock.now();
    const enrollment = await enroll({ ...options, identity }, hooks);
    const isFirst = visits.length === 0;
    visits.push({ begun, enrollment });
    const { outcome } = enrollment;
    const isLast = visits.length > times || !isCommunicationFailure(outcome, isFirst);
    if (isLast) return { enrollment, visits, brokenOff: signal?.aborted === true && outcome.kind === 'left' };
    comesAgain(enrollment, visits.length);
    await wait(pauseMs, clock, signal);
    if (signal?.aborted) return { enrollment, visits, brokenOff: true };
    ({ identity } = enrollment);
  }
}

/**
 * What a phone comes again for. A server that was never reached is another matter: a phone has others to try, and whoever
 * started this one has an address to correct.
 */
function isCommunicationFailure(outcome: Outcome, isFirst: boolean): boolean {
  return outcome.kind === 'connectionFault' && !(isFirst && outcome.fault.code === 'capf-unreachable');
}
