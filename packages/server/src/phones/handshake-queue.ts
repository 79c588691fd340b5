/** How many handshakes begin in one turn of the event loop: what is under way gets its turn between. */
const begunAtOnce = 4;

/**
 * For so many turns at most nothing begins while connections come. Node takes one from the kernel in a turn: a flood would make a
 * phone wait there behind all others, and what comes in the order of its coming there can be judged only when it is here.
 */
const mostTurnsHeldOff = 16;

/** From here on, in milliseconds, a wait is too long for a phone that is to be done in two seconds. */
const longWaitMs = 300;

interface Waiting {
  readonly begin: () => void;
  readonly since: number;
  withdrawn: boolean;
}

/**
 * Lets handshakes begin a few at a time, one network after the other. A handshake costs more than anything else that a
 * stranger can ask for; in a flood of them, sessions under way and phones from elsewhere wait for no more than a few.
 *
 * Of one network the first to come is the first to begin, until that one has waited for long: there is more than can be
 * done then, and taking them in turn would make all wait for ever. The newest comes first until the flood is over.
 */
export class HandshakeQueue {
  /** By network, in the order in which it is their turn. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #elapsed: () => number;
  #turnIsDue = false;
  #hasArrived = false;
  #turnsHeldOff = 0;

  /** @param elapsed - milliseconds on a clock that never jumps */
  constructor(elapsed: () => number = () => performance.now()) {
    this.#elapsed = elapsed;
  }

  /** A connection was taken from the kernel, where others may stand behind it. */
  arrived(): void {
    this.#hasArrived = true;
  }

  /** @returns withdraws it */
  enter(network: string, begin: () => void): () => void {
    const entry: Waiting = { begin, since: this.#elapsed(), withdrawn: false };
    const queue = this.#waiting.get(network);
    if (queue === undefined) this.#waiting.set(network, [entry]);
    else queue.push(entry);
    this.#scheduleTurn();
    return () => {
      entry.withdrawn = true;
    };
  }

  #take(): void {
    this.#turnIsDue = false;
    const holdsOff = this.#hasArrived && this.#turnsHeldOff < mostTurnsHeldOff;
    this.#hasArrived = false;
    this.#turnsHeldOff = holdsOff ? this.#turnsHeldOff + 1 : 0;
    if (!holdsOff) this.#begin();
    this.#scheduleTurn();
  }

  #begin(): void {
    for (let taken = 0; taken < begunAtOnce; taken++) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [network, queue] = next;
      this.#waiting.delete(network);
      const entry = this.#nextOf(queue);
      if (queue.length > 0) this.#waiting.set(network, queue);
      entry?.begin();
    }
  }

  #nextOf(queue: Waiting[]): Waiting | undefined {
    const standing = queue.findIndex(({ withdrawn }) => !withdrawn);
    queue.splice(0, standing === -1 ? queue.length : standing);
    while (queue.at(-1)?.withdrawn) queue.pop();
    const [oldest] = queue;
    if (oldest === undefined) return undefined;
    return this.#elapsed() - oldest.since > longWaitMs ? queue.pop() : queue.shift();
  }

  #scheduleTurn(): void {
    if (this.#turnIsDue || this.#waiting.size === 0) return;
    this.#turnIsDue = true;
    setImmediate(() => this.#take());
  }
}
