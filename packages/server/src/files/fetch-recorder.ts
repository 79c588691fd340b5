import type { FileFetch } from '@opencapf/store';
import type { Logger } from '../log.js';
import { periodically } from '../node/periodically.js';

/** How often is written down who fetched what: little at a time, since whoever asks for a file meanwhile shares the processors. */
const everyMs = 100;
/** Fetches that are remembered while Postgres is away; those on top are not written down. */
const most = 50_000;
/** Fetches of one statement. */
const batch = 100;

/** Writes down who fetched which file, in batches: a boot of all phones is a few statements a second. */
export class FetchRecorder {
  readonly #record: (fetches: readonly FileFetch[]) => Promise<void>;
  readonly #log: Logger;
  readonly #stop: () => Promise<void>;
  #waiting: FileFetch[] = [];
  #lost = 0;

  /** @param record - writes some down, all of them or none */
  constructor(record: (fetches: readonly FileFetch[]) => Promise<void>, log: Logger) {
    this.#record = record;
    this.#log = log;
    this.#stop = periodically(everyMs, async () => await this.#write());
  }

  add(fetch: FileFetch): void {
    if (this.#waiting.length < most) this.#waiting.push(fetch);
    else this.#lost += 1;
  }

  /** Writes down what there is, and ends. */
  async stop(): Promise<void> {
    await this.#stop();
    await this.#write();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const fetches = this.#waiting.slice(0, batch);
      try {
        await this.#record(fetches);
      } catch (err) {
        this.#log.warn({ err, waiting: this.#waiting.length }, 'it could not be written down who fetched which file');
        return;
      }
      this.#waiting = this.#waiting.slice(fetches.length);
    }
    if (this.#lost === 0) return;
    this.#log.warn({ lost: this.#lost }, 'fetches of files were not written down: there were too many to remember');
    this.#lost = 0;
  }
}
