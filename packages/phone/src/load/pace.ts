import { type Clock, systemClock } from '../clock.js';
import { wait } from '../wait.js';

/** How phones come. */
export interface PaceSettings {
  /** How many are there at once, at most. */
  readonly concurrency: number;
  /**
   * So many a second, evenly, whether or not those before are done (open loop). Without it the next comes when one has
   * left (closed loop), so that a slow server is asked less.
   */
  readonly ratePerSecond?: number | undefined;
  /** No further one comes. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** What kept phones from coming when they were due. */
export interface PaceReport {
  /** How many had to wait because as many as may be were there already; 0 without a rate. */
  readonly heldBack: number;
}

/**
 * Makes so many visits at this pace.
 *
 * @param visit - Is told its number and when it was due (milliseconds since 1970). Must not reject.
 */
export async function paced(
  count: number,
  settings: PaceSettings,
  visit: (number: number, due: number) => Promise<void>,
): Promise<PaceReport> {
  const { clock = systemClock, ratePerSecond } = settings;
  if (ratePerSecond === undefined) {
    await closedLoop(count, settings, (number) => visit(number, clock.now()));
    return { heldBack: 0 };
  }
  return await openLoop(count, settings, clock, 1_000 / ratePerSecond, visit);
}

async function closedLoop(
  count: number,
  { concurrency, signal }: PaceSettings,
  visit: (number: number) => Promise<void>,
): Promise<void> {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < count && !signal?.aborted) {
      begun += 1;
      await visit(begun - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
}

async function openLoop(
  count: number,
  { concurrency, signal }: PaceSettings,
  clock: Clock,
  intervalMs: number,
  visit: (number: number, due: number) => Promise<void>,
): Promise<PaceReport> {
  const begun = clock.now();
  const underWay = new Set<Promise<void>>();
  let heldBack = 0;
  for (let number = 0; number < count; number += 1) {
    const due = begun + number * intervalMs;
    await wait(due - clock.now(), clock, signal);
    if (underWay.size >= concurrency) heldBack += 1;
    while (underWay.size >= concurrency) await Promise.race(underWay);
    if (signal?.aborted) break;
    const one = visit(number, due).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
  return { heldBack };
}
