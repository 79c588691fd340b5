import type { RequestEnd } from '@opencapf/store';

/** Sessions of this node that wait for a certificate, by the id of what was intended. */
export class WaitingSessions {
  readonly #waiting = new Map<number, Set<(end: RequestEnd | undefined) => void>>();

  /** @returns how the request ended; undefined when it did not in time, or the wait was given up */
  async wait(certificate: number, patienceMs: number): Promise<RequestEnd | undefined> {
    return await new Promise((resolve) => {
      const done = (end: RequestEnd | undefined): void => {
        clearTimeout(timer);
        this.#leave(certificate, done);
        resolve(end);
      };
      const timer = setTimeout(() => done(undefined), patienceMs);
      const others = this.#waiting.get(certificate) ?? new Set();
      this.#waiting.set(certificate, others.add(done));
    });
  }

  /** A request has ended. */
  tell(certificate: number, end: RequestEnd): void {
    for (const done of [...(this.#waiting.get(certificate) ?? [])]) done(end);
  }

  /** Nobody is to wait any longer. */
  giveUp(): void {
    for (const all of [...this.#waiting.values()]) for (const done of [...all]) done(undefined);
  }

  /** The ids that are waited for. */
  certificates(): readonly number[] {
    return [...this.#waiting.keys()];
  }

  #leave(certificate: number, done: (end: RequestEnd | undefined) => void): void {
    const others = this.#waiting.get(certificate);
    others?.delete(done);
    if (others?.size === 0) this.#waiting.delete(certificate);
  }
}
