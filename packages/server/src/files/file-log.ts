import type { FileCount } from '@opencapf/admin-api';
import type { Peer, ServedFile } from '@opencapf/tftp';
import type { Logger } from '../log.js';

/** Lines a second at most: strangers can ask for as many files as they like. */
const linesPerSecond = 50;

/** Logs and counts what the servers of files do. */
export class FileLog {
  readonly #log: Logger;
  readonly #elapsed: () => number;
  readonly #counts = new Map<string, { readonly transport: string; readonly outcome: string; n: number }>();
  #second = 0;
  #lines = 0;
  #unsaid = 0;

  /** @param elapsed - milliseconds on a clock that never jumps */
  constructor(log: Logger, elapsed: () => number = () => performance.now()) {
    this.#log = log;
    this.#elapsed = elapsed;
  }

  /** Since the start. */
  counts(): readonly FileCount[] {
    return [...this.#counts.values()];
  }

  served({ name }: ServedFile, { transport, address }: Peer): void {
    this.#count(transport, 'served');
    this.#log.debug({ transport, address, file: name }, 'a file was fetched');
  }

  /** @param detail - what exactly is in the way, where more is known than the code says */
  refused(code: string, file: string, { transport, address }: Peer, detail?: string): void {
    this.#count(transport, code);
    if (this.#maySpeak()) this.#log.info({ code, detail, transport, address, file }, 'a file was refused');
  }

  failed(err: unknown, file: string, { transport, address }: Peer): void {
    this.#count(transport, 'failed');
    if (this.#maySpeak()) this.#log.warn({ err, transport, address, file }, 'a file could not be given');
  }

  #count(transport: string, outcome: string): void {
    const key = `${transport} ${outcome}`;
    const count = this.#counts.get(key) ?? { transport, outcome, n: 0 };
    count.n += 1;
    this.#counts.set(key, count);
  }

  #maySpeak(): boolean {
    const second = Math.floor(this.#elapsed() / 1_000);
    if (second !== this.#second) {
      if (this.#unsaid > 0) this.#log.info({ unsaid: this.#unsaid }, 'more files were refused than are logged');
      this.#second = second;
      this.#lines = 0;
      this.#unsaid = 0;
    }
    this.#lines += 1;
    if (this.#lines <= linesPerSecond) return true;
    this.#unsaid += 1;
    return false;
  }
}
