/** The part of a lease after which it is asked for anew, so that the answer is there before it ends. */
const renewedAfter = 1 / 3;

/** A time in which every change is heard of, without a gap: what the store said in it is current until a change of it has been heard of. */
export interface Hearing {
  /** Whether all changes whose commit was answered before this call have been heard of when it resolves. */
  readonly hasHeard: () => Promise<boolean>;
}

/**
 * A lease on what a node keeps (as of Gray and Cheriton, "Leases", 1989): while it holds, what is kept is given without asking the store
 * whether it is current. It holds for a few milliseconds from when it was asked whether all changes that were committed by then have been
 * heard of, if that was so; it is asked for by those who want to give something, in the background, so that nobody waits for it.
 */
export class CacheLease {
  readonly #holdsMs: number;
  readonly #elapsed: () => number;
  #hearing: Hearing | undefined;
  /** In which it is being asked for. */
  #asking: Hearing | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  /** What was asked before does not count. */
  #countsFrom = Number.NEGATIVE_INFINITY;

  /**
   * @param holdsMs - nothing is given that was old for longer than that
   * @param elapsed - milliseconds on a clock that never jumps
   */
  constructor(holdsMs: number, elapsed: () => number = () => performance.now()) {
    this.#holdsMs = holdsMs;
    this.#elapsed = elapsed;
  }

  /** From now on every change is heard of; none that was heard of before says what was missed in between. */
  begin(hearing: Hearing): void {
    this.end();
    this.#hearing = hearing;
  }

  /** Changes are not heard of any more. */
  end(): void {
    this.#hearing = undefined;
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** Something may have been changed just now: nothing is given on what was heard of before. */
  mayHaveChanged(): void {
    this.#countsFrom = this.#elapsed();
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** In which something is asked of the store now; undefined: changes are not heard of. */
  get hearing(): Hearing | undefined {
    return this.#hearing;
  }

  /** Whether what the store said in this hearing, and is kept still, may be given now. Has the lease renewed when it is time. */
  covers(hearing: Hearing | undefined): boolean {
    if (hearing === undefined || hearing !== this.#hearing) return false;
    const now = this.#elapsed();
    const holds = now < this.#until;
    if (!holds || now - this.#askedAt >= this.#holdsMs * renewedAfter) this.#renew(hearing, now);
    return holds;
  }

  #renew(hearing: Hearing, now: number): void {
    if (this.#asking === hearing) return;
    this.#asking = hearing;
    this.#askedAt = now;
    const answered = (heard: boolean): void => {
      if (this.#asking === hearing) this.#asking = undefined;
      if (heard && hearing === this.#hearing && now > this.#countsFrom) this.#until = now + this.#holdsMs;
    };
    // Whoever listens says by itself that nothing is heard any more.
    hearing.hasHeard().then(answered, () => answered(false));
  }
}
