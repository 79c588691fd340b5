import { NotServed } from './served-file.js';

/**
 * Lets so many things be done at once. Those above wait in their order, so many of them at most: whoever asks for very much waits for
 * himself, and CAPF, which shares the database and the processors, for no more than these few.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws NotServed `busy`, when too many wait already */
  async take<Made>(make: () => Promise<Made>): Promise<Made> {
    if (this.#underWay < this.#atOnce) this.#underWay += 1;
    else {
      if (this.#waiting.length >= this.#mostWaiting) throw new NotServed('busy');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await make();
    } finally {
      // The turn goes over to whoever waits for the longest time.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }
}
