import { randomInt } from 'node:crypto';
import { randomNumbers } from '../support/random-numbers.js';

/** What becomes of one request at a fake authority. */
export interface Fate {
  /** Milliseconds before anything else happens. */
  readonly delayMs: number;
  /**
   * `serve`: as it should be. `busy`: 503, nothing is taken. `close`: the connection is closed, nothing is taken.
   * `loseAnswer`: the request is carried out, and the connection is closed instead of an answer.
   */
  readonly course: 'serve' | 'busy' | 'close' | 'loseAnswer';
}

/** Decides what becomes of requests, always the same for a seed and an order of requests. */
export interface Chaos {
  readonly seed: number;
  fate(): Fate;
}

/** How often things go wrong, in percent of all requests. */
export interface ChaosShares {
  /** 503 and a closed connection, half each. */
  readonly notTaken: number;
  readonly answersLost: number;
  readonly delayed: number;
}

const usualShares: ChaosShares = { notTaken: 5, answersLost: 3, delayed: 20 };
const longestDelayMs = 200;

/** The seed of this run: of `OPENCAPF_FAULT_SEED` when something that happened is to happen again. */
export function chaosSeed(): number {
  return Number(process.env['OPENCAPF_FAULT_SEED'] ?? randomInt(2 ** 31));
}

export function seededChaos(seed: number, { notTaken, answersLost, delayed } = usualShares): Chaos {
  const random = randomNumbers(seed);
  return {
    seed,
    fate: () => {
      const delayMs = random(100) < delayed ? random(longestDelayMs) : 0;
      const roll = random(1000);
      if (roll < notTaken * 5) return { delayMs, course: 'busy' };
      if (roll < notTaken * 10) return { delayMs, course: 'close' };
      return { delayMs, course: roll < notTaken * 10 + answersLost * 10 ? 'loseAnswer' : 'serve' };
    },
  };
}

/** Nothing ever goes wrong. */
export const calm: Chaos = { seed: 0, fate: () => ({ delayMs: 0, course: 'serve' }) };
