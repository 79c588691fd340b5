/** How many handshakes begin in one turn of the event loop: what is under way gets its turn between. */
const begunAtOnce = 4;

/**
 * Lets handshakes begin a few at a time, one network after the other. A handshake costs more than anything else that a
 * stranger can ask for; in a flood of them, sessions under way and phones from elsewhere wait for no more than a few.
 */
export class HandshakeQueue {
  /** By network, in the order in which it is their turn. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #turnIsDue = false;

  /** @returns withdraws it */
  enter(network: string, begin: () => void): () => void {
    const queue = this.#waiting.get(network) ?? new Set();
    this.#waiting.set(network, queue.add(begin));
    this.#scheduleTurn();
    return () => {
      queue.delete(begin);
      if (queue.size === 0 && this.#waiting.get(network) === queue) this.#waiting.delete(network);
    };
  }

  #take(): void {
    this.#turnIsDue = false;
    for (let taken = 0; taken < begunAtOnce; taken++) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [network, queue] = next;
      const [begin] = queue;
      this.#waiting.delete(network);
      if (begin === undefined) continue;
      queue.delete(begin);
      if (queue.size > 0) this.#waiting.set(network, queue);
      begin();
    }
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#turnIsDue || this.#waiting.size === 0) return;
    this.#turnIsDue = true;
    setImmediate(() => this.#take());
  }
}
