/** `closed`: asked as usual; `open`: not asked; `halfOpen`: one call tries whether it is back. */
export type CircuitState = 'closed' | 'open' | 'halfOpen';

const failuresToOpen = 5;
const shortestPauseMs = 5_000;
const longestPauseMs = 60_000;

/**
 * Keeps an authority that is away from being asked all the time, and from holding what waits for it: after so many failures
 * in a row it is not asked for a while, then by one call at a time.
 */
export class Circuit {
  readonly #elapsed: () => number;
  readonly #random: () => number;
  #state: CircuitState = 'closed';
  #failures = 0;
  #pauses = 0;
  #until = 0;

  /**
   * @param elapsed - Milliseconds on a clock that never jumps.
   * @param random - From 0 to below 1.
   */
  constructor(elapsed: () => number, random: () => number) {
    this.#elapsed = elapsed;
    this.#random = random;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** How many calls may begin now. */
  room(concurrency: number, underWay: number): number {
    if (this.#state === 'open' && this.#elapsed() >= this.#until) this.#state = 'halfOpen';
    switch (this.#state) {
      case 'closed':
        return Math.max(0, concurrency - underWay);
      case 'halfOpen':
        return underWay === 0 ? 1 : 0;
      case 'open':
        return 0;
    }
  }

  /** An administrator wants it tried now. */
  hasten(): void {
    if (this.#state === 'open') this.#state = 'halfOpen';
  }

  /** It has answered, whatever it said. */
  answered(): void {
    this.#state = 'closed';
    this.#failures = 0;
    this.#pauses = 0;
  }

  /** It was not reached, or did not answer. */
  failed(): void {
    this.#failures += 1;
    if (this.#state === 'open' || (this.#state === 'closed' && this.#failures < failuresToOpen)) return;
    const pause = Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#pauses);
    this.#state = 'open';
    this.#pauses += 1;
    this.#until = this.#elapsed() + pause * (0.75 + this.#random() / 2);
  }
}
