import type { Database } from '@opencapf/store';

/** Whether a service can serve phones now. */
export class Standing {
  readonly #database: Database;
  #problem: () => string | undefined = () => 'the service is starting';

  constructor(database: Database) {
    this.#database = database;
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
}
