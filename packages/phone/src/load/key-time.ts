import { type Clock, systemClock } from '../clock.js';

/** How long phones take to make their key. */
export interface KeyTimeSettings {
  readonly milliseconds: number;
  /**
   * After how long a phone says REQUEST_IN_PROGRESS again. Without it, it does so once before it begins, as capfc does
   * (capf-wire-protocol.md, section 4).
   */
  readonly progressMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** The time that phones spend in key generation, at no cost to this machine. */
export class KeyTime implements Disposable {
  readonly #settings: KeyTimeSettings;
  readonly #running = new Set<() => void>();
  #isOver = false;

  constructor(settings: KeyTimeSettings) {
    this.#settings = settings;
  }

  /** Resolves when a key's time is over, or all is. */
  readonly pass = async (reportProgress: () => Promise<void>): Promise<void> => {
    const { milliseconds, progressMs = milliseconds } = this.#settings;
    for (let left = milliseconds; left > 0 && !this.#isOver; left -= progressMs) {
      await this.#wait(Math.min(left, progressMs));
      if (left > progressMs && !this.#isOver) await reportProgress();
    }
  };

  /** Ends the waiting of phones whose session is over. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const end of this.#running) end();
  }

  #wait(milliseconds: number): Promise<void> {
    const { clock = systemClock } = this.#settings;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#running.delete(end);
        resolve();
      };
      const cancel = clock.after(milliseconds, end);
      this.#running.add(end);
    });
  }
}
