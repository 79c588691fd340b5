import type { Logger } from '../log.js';

/** By so much, in milliseconds, a clock may differ from PostgreSQL's, or jump, before anybody is told. */
const toleranceMs = 5_000;

/** The clocks of a machine. */
export interface MachineClocks {
  /** Milliseconds since 1970; may be set at any moment. */
  readonly wall: () => number;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
}

const machineClocks: MachineClocks = { wall: () => Date.now(), elapsed: () => performance.now() };

/** A moment on both clocks. */
interface Moment {
  readonly time: number;
  readonly elapsed: number;
}

/**
 * The time that a node goes by. Between two beats it runs with the clock that never jumps, so that nobody's setting of the
 * machine's clock makes a session's dates run backwards. At each beat it is set to the machine's clock, or to PostgreSQL's
 * where the two differ by more than a few seconds: all nodes have that one in common, and it says when operations end.
 */
export class NodeClock {
  readonly #log: Logger;
  readonly #clocks: MachineClocks;
  /** What is gone by. */
  #anchor: Moment;
  /** What the machine's clock showed last. */
  #wall: Moment;
  #offsetMs: number | undefined;
  #differs = false;

  constructor(log: Logger, clocks: MachineClocks = machineClocks) {
    this.#log = log;
    this.#clocks = clocks;
    this.#wall = { time: clocks.wall(), elapsed: clocks.elapsed() };
    this.#anchor = this.#wall;
  }

  now(): Date {
    return new Date(this.#anchor.time + this.#clocks.elapsed() - this.#anchor.elapsed);
  }

  /** By how many milliseconds the machine's clock was ahead of PostgreSQL's at the last beat. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /**
   * Compares with PostgreSQL's clock, which showed its time at some moment while `ask` was under way.
   *
   * @param ask - gives milliseconds since 1970
   */
  async compare(ask: () => Promise<number>): Promise<void> {
    const asked = this.#clocks.elapsed();
    const shown = await ask();
    const answered = this.#clocks.elapsed();
    const wall = { time: this.#clocks.wall(), elapsed: answered };
    this.#tellOfJump(wall.time - this.#wall.time - (wall.elapsed - this.#wall.elapsed));
    this.#wall = wall;
    if (!Number.isFinite(shown)) return;
    const uncertainty = (answered - asked) / 2;
    const database = { time: shown, elapsed: answered - uncertainty };
    this.#offsetMs = wall.time - uncertainty - shown;
    const differs = Math.abs(this.#offsetMs) - uncertainty > toleranceMs;
    this.#anchor = differs ? database : wall;
    if (differs !== this.#differs) this.#tellOfDifference(differs);
    this.#differs = differs;
  }

  #tellOfJump(byMs: number): void {
    if (Math.abs(byMs) < toleranceMs) return;
    const words = byMs < 0 ? 'the clock of this machine was set back' : 'the clock of this machine jumped forward';
    this.#log.warn({ byMs: Math.round(Math.abs(byMs)) }, words);
  }

  #tellOfDifference(differs: boolean): void {
    const offsetMs = Math.round(this.#offsetMs ?? 0);
    if (differs) {
      this.#log.warn({ offsetMs }, "the clock of this machine is not PostgreSQL's: PostgreSQL's time is gone by");
    } else {
      this.#log.info({ offsetMs }, "the clock of this machine is PostgreSQL's again");
    }
  }
}
