const shortestMs = 250;
const longestMs = 30_000;

/** A process that lived for so long, in milliseconds, did not end by what keeps it from starting. */
const settledMs = 60_000;

/** How long to wait before a process that ended is made again: twice as long each time that it did not live for long. */
export class RestartBackoff {
  #nextMs = shortestMs;

  /** @returns milliseconds */
  next(livedMs: number): number {
    if (livedMs >= settledMs) this.#nextMs = shortestMs;
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(waitMs * 2, longestMs);
    return waitMs;
  }
}
