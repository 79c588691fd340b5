import type { Database } from '../../database/connect.js';
import { againAfterDeadlock } from '../deadlock.js';

/** How long uses are gathered before they are written, in milliseconds. */
const gatherMs = 1_000;

/**
 * Counts how often certificates of the trust store vouched for a phone. A use costs nothing but memory when it is counted;
 * all of a second are written in one statement.
 */
export class TrustUses implements AsyncDisposable {
  readonly #database: Database;
  readonly #warn: (fault: unknown) => void;
  #gathered = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param warn - told why uses could not be written; they are kept and written with the next ones */
  constructor(database: Database, warn: (fault: unknown) => void) {
    this.#database = database;
    this.#warn = warn;
  }

  /** @param sha256 - of the anchor's DER, lower-case hex; one that is not in the store is not counted */
  count(sha256: string): void {
    this.#gathered.set(sha256, (this.#gathered.get(sha256) ?? 0) + 1);
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs).unref();
  }

  /** Writes what was counted until now. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#gathered.size === 0) return;
    const uses = [...this.#gathered];
    this.#gathered = new Map();
    try {
      await againAfterDeadlock(() =>
        this.#database.prepared(
          'count-trust-uses',
          `update opencapf_private.trust_certificate t
           set use_count = t.use_count + u.uses, last_used_at = now()
           from unnest($1::text[], $2::bigint[]) as u (sha256, uses) where t.sha256 = decode(u.sha256, 'hex')`,
          [uses.map(([sha256]) => sha256), uses.map(([, count]) => count)],
        ),
      );
    } catch (fault) {
      for (const [sha256, count] of uses) this.#gathered.set(sha256, (this.#gathered.get(sha256) ?? 0) + count);
      this.#warn(fault);
    }
  }
}
