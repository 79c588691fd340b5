import type { Clock } from '../clock.js';

/** A clock whose deadlines pass when the test says so. */
export interface ManualClock extends Clock {
  /** How many deadlines are running. */
  readonly running: number;
  /** Lets every running deadline pass. */
  expire(): void;
}

/** @param now - Milliseconds since 1970, with every call one more. */
export function manualClock(now = Date.now()): ManualClock {
  const deadlines = new Set<() => void>();
  let time = now;
  return {
    now: () => time++,
    after(_milliseconds, expire) {
      deadlines.add(expire);
      return () => deadlines.delete(expire);
    },
    get running() {
      return deadlines.size;
    },
    expire() {
      for (const expire of [...deadlines]) {
        deadlines.delete(expire);
        expire();
      }
    },
  };
}
