import { AnotherNode } from '../support/another-node.js';
import type { Enrolments } from '../support/enrolments.js';

/** Two nodes that serve phones, of which one is killed with kill -9 whenever phones have made so many visits. */
export class KilledNodes implements AsyncDisposable {
  readonly #nodes: [AnotherNode, AnotherNode];
  #visitsLeft = 0;
  #killing: Promise<void> = Promise.resolve();
  kills = 0;

  private constructor(
    readonly enrolments: Enrolments,
    readonly random: (below: number) => number,
    readonly visitsPerKill: number,
    nodes: [AnotherNode, AnotherNode],
  ) {
    this.#nodes = nodes;
  }

  static async start(
    enrolments: Enrolments,
    random: (below: number) => number,
    visitsPerKill: number,
  ): Promise<KilledNodes> {
    const first = await AnotherNode.start(enrolments, 'first');
    try {
      return new KilledNodes(enrolments, random, visitsPerKill, [first, await AnotherNode.start(enrolments, 'second')]);
    } catch (fault) {
      await first[Symbol.asyncDispose]();
      throw fault;
    }
  }

  /** The port of one of them, which may be dead. */
  get port(): number {
    return this.#nodes[this.random(2) as 0 | 1].at.capfPort;
  }

  /** To be called before each visit. Waits while phones are ahead of the kills. */
  async visit(): Promise<void> {
    this.#visitsLeft -= 1;
    if (this.#visitsLeft > 0) return;
    await this.#killing;
    // Others that waited find that it has begun.
    if (this.#visitsLeft > 0) return;
    this.#visitsLeft = this.visitsPerKill;
    this.#killing = this.#kill();
    // Whoever waits for it next hears of what went wrong.
    this.#killing.catch(() => undefined);
  }

  async #kill(): Promise<void> {
    const victim = this.random(2) as 0 | 1;
    await this.#nodes[victim].service.kill('SIGKILL');
    this.kills += 1;
    this.#nodes[victim] = await AnotherNode.start(this.enrolments, victim === 0 ? 'first' : 'second');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#killing.catch(() => undefined);
    for (const node of this.#nodes) await node[Symbol.asyncDispose]();
  }
}
