import type { ServiceWarning } from '@opencapf/admin-api';
import type { Database } from '@opencapf/store';

/** However often somebody asks, Postgres is asked for warnings once in so many milliseconds. */
const keepWarningsForMs = 10_000;

/** Whether a service can serve phones now. */
export class Standing {
  readonly #database: Database;
  readonly #readWarnings: () => Promise<readonly ServiceWarning[]>;
  #problem: () => string | undefined = () => 'the service is starting';
  #warnings: { readonly at: number; readonly found: Promise<readonly ServiceWarning[]> } | undefined;

  /** @param readWarnings - asks Postgres; rejects when it does not answer */
  constructor(database: Database, readWarnings: () => Promise<readonly ServiceWarning[]>) {
    this.#database = database;
    this.#readWarnings = readWarnings;
  }

  /**
   * Phones are served from now on.
   *
   * @param problem - what is in the way nevertheless
   */
  serves(problem: () => string | undefined): void {
    this.#problem = problem;
  }

  /** Those that are served may finish; no others are taken. */
  drains(): void {
    this.#problem = () => 'the service is draining';
  }

  /** What is in the way, in words without secrets; an empty list when nothing is. */
  async problems(): Promise<readonly string[]> {
    const problem = this.#problem();
    const own = problem === undefined ? [] : [problem];
    try {
      await this.#database.queries.selectNoFrom((select) => select.lit(1).as('alive')).execute();
      return own;
    } catch {
      return [...own, 'PostgreSQL does not answer'];
    }
  }

  /** What keeps no phone away, and somebody should look at; nothing while Postgres does not answer, which is a problem. */
  async warnings(): Promise<readonly ServiceWarning[]> {
    const at = performance.now();
    if (this.#warnings === undefined || at - this.#warnings.at >= keepWarningsForMs) {
      this.#warnings = { at, found: this.#readWarnings().catch(() => []) };
    }
    return await this.#warnings.found;
  }
}
