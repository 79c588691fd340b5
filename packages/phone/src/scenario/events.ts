import type { Clock } from '../clock.js';
import { wait } from '../wait.js';

/** Somebody waited in vain. */
export class EventMissing extends Error {
  override readonly name = 'EventMissing';
}

/** What happened in a scenario so far. What has happened stays so: who waits for it later does not wait. */
export class Events {
  readonly #happened = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(
    readonly clock: Clock,
    readonly patienceMs: number,
  ) {}

  tell(event: string): void {
    this.#happened.add(event);
    for (const wake of this.#waiting.get(event) ?? []) wake();
    this.#waiting.delete(event);
  }

  /** Rejects with {@link EventMissing} when it does not happen in time, and when the scenario is given up. */
  async happens(event: string, signal: AbortSignal): Promise<void> {
    if (this.#happened.has(event)) return;
    const waiting = this.#waiting.get(event) ?? new Set();
    this.#waiting.set(event, waiting);
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', givenUp);
        waiting.delete(wake);
      };
      const wake = (): void => {
        done();
        resolve();
      };
      const givenUp = (): void => {
        done();
        reject(new EventMissing(`the scenario was given up while it waited for "${event}"`));
      };
      const cancel = this.clock.after(this.patienceMs, () => {
        done();
        const known = [...this.#happened].map((name) => `"${name}"`).join(', ');
        reject(new EventMissing(`"${event}" did not happen in ${this.patienceMs} ms; what happened: ${known}`));
      });
      waiting.add(wake);
      signal.addEventListener('abort', givenUp);
      if (signal.aborted) givenUp();
    });
  }

  /** Resolves after so many milliseconds, or when the scenario is given up. */
  async pass(milliseconds: number, signal: AbortSignal): Promise<void> {
    await wait(milliseconds, this.clock, signal);
  }
}
