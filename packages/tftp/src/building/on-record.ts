/** What of phones' files is on record at one moment. What was built from anything else is old. */
export interface OnRecord {
  /** Who signs configuration files: SHA-256 over the certificate, lower-case hex; undefined: nobody yet. */
  readonly signer: string | undefined;
  /** Versions of the trust lists to be served; undefined: there is none. */
  readonly lists: Readonly<Record<'itl' | 'ctl', string | undefined>>;
  /** `state` of each device that was asked for and is there, by name. */
  readonly devices: ReadonlyMap<string, string>;
}

/** Asked at once at most. */
const mostUnderWay = 4;

/**
 * Asks what is on record, for all who want to know at the same time with one question: an answer is given only to those who came before
 * it was asked, so that it is true of a moment after they came. Whoever comes while a question is under way waits for the next one.
 *
 * A question that is not answered for a while may wait behind another's lock: then those who wait for it are asked for once more, and
 * have the answer that comes first.
 */
export class SharedQuestion {
  readonly #ask: (devices: readonly string[]) => Promise<OnRecord>;
  readonly #patienceMs: number;
  #waiting: Asker[] = [];
  #underWay = 0;
  /** Whether the question that was asked last may yet be answered soon. */
  #hopeful = false;

  /**
   * @param ask - what is on record of these devices, and of what belongs to all
   * @param patienceMs - until a question is asked once more
   */
  constructor(ask: (devices: readonly string[]) => Promise<OnRecord>, patienceMs = 250) {
    this.#ask = ask;
    this.#patienceMs = patienceMs;
  }

  /**
   * What is on record at a moment after this call. Rejects when that cannot be found out.
   *
   * @param device - whose state is wanted too
   */
  async now(device?: string): Promise<OnRecord> {
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ device, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#hopeful || this.#underWay >= mostUnderWay) return;
    const askers = this.#waiting;
    this.#waiting = [];
    this.#hopeful = true;
    this.#underWay += 1;
    const devices = new Set(askers.flatMap(({ device }) => device ?? []));
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#hopeful = false;
      this.#waiting.unshift(...askers);
      this.#next();
    }, this.#patienceMs);
    const answered = (tell: (asker: Asker) => void): void => {
      clearTimeout(late);
      this.#underWay -= 1;
      if (!isLate) this.#hopeful = false;
      for (const asker of askers) tell(asker);
      if (isLate) {
        const told = new Set(askers);
        this.#waiting = this.#waiting.filter((asker) => !told.has(asker));
      }
      this.#next();
    };
    this.#ask([...devices]).then(
      (answer) => answered(({ resolve }) => resolve(answer)),
      (fault: unknown) => answered(({ reject }) => reject(fault)),
    );
  }
}

interface Asker {
  readonly device: string | undefined;
  readonly resolve: (answer: OnRecord) => void;
  readonly reject: (fault: unknown) => void;
}
