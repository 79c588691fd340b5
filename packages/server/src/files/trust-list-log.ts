import { TftpError } from '@opencapf/tftp';
import type { Logger } from '../log.js';

/**
 * Tells the log when trust lists can no longer be written of what is on record, and when they can again: not each of the times at
 * which it is tried in between. `/readyz` warns of it as long as it lasts.
 */
export class TrustListLog {
  readonly #log: Logger;
  #told: TftpError['code'] | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Writes lists by `write`. Rejects with whatever else than a TftpError keeps it from doing so. */
  async watch(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (err) {
      if (!(err instanceof TftpError)) throw err;
      if (err.code === this.#told) return;
      this.#told = err.code;
      this.#log.error({ err }, 'no trust list can be written of what is on record: phones are served the one before');
      return;
    }
    if (this.#told === undefined) return;
    this.#told = undefined;
    this.#log.info('trust lists can be written again');
  }
}
