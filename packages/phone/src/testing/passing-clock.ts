import type { Clock } from '../clock.js';

/** A clock on which time passes when the test says so, and at no other moment. */
export interface PassingClock extends Clock {
  /** Lets so many milliseconds pass; deadlines are met in their order, each at its own time. */
  pass(milliseconds: number): void;
}

/** @param now - Milliseconds since 1970. */
export function passingClock(now = Date.now()): PassingClock {
  const deadlines = new Set<{ readonly at: number; readonly expire: () => void }>();
  let time = now;
  return {
    now: () => time,
    after(milliseconds, expire) {
      const deadline = { at: time + milliseconds, expire };
      deadlines.add(deadline);
      return () => deadlines.delete(deadline);
    },
    pass(milliseconds) {
      const until = time + milliseconds;
      for (;;) {
        const due = [...deadlines].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
        const [next] = due;
        if (next === undefined) break;
        deadlines.delete(next);
        time = next.at;
        next.expire();
      }
      time = until;
    },
  };
}
