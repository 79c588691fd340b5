import { Client, type ClientConfig, type QueryResult, type QueryResultRow } from 'pg';
import { NamedQuery, type NamedStatement } from './named-query.js';

interface Lane {
  readonly client: Promise<Client>;
  /** Statements that were given to it and are not answered. */
  waiting: number;
}

/** So many lanes open as soon as all others are busy; their commits reach the disk together. */
const readily = 4;

/** Beyond them one opens when every lane has so many statements before it: the disk is slow, or a lock is held. */
const crowded = 16;

/**
 * Connections that each take a statement while earlier ones are still under way (pipeline mode of `pg`), where a pool
 * would let it wait for one that is free. When many phones come at once, several statements go out in a write and
 * several answers come in with a read, which is cheaper for both sides.
 *
 * Each statement is a transaction of its own, so one that fails takes no other with it. One that waits for a lock holds
 * up those behind it on its lane, at the longest for the statement timeout.
 */
export class Lanes {
  readonly #config: ClientConfig;
  readonly #most: number;
  readonly #lost: (fault: Error) => void;
  readonly #lanes = new Set<Lane>();
  #closed = false;

  /**
   * @param most - lanes at most
   * @param lost - hears of a connection that broke
   */
  constructor(config: ClientConfig, most: number, lost: (fault: Error) => void) {
    this.#config = config;
    this.#most = most;
    this.#lost = lost;
  }

  /**
   * Runs a statement on the lane that has the least to do.
   *
   * Rejects with what the server reports, or with what kept the connection from being made or broke it.
   */
  async run<Row extends QueryResultRow>(statement: NamedStatement): Promise<QueryResult<Row>> {
    if (this.#closed) throw new Error('The connections were closed.');
    const lane = this.#choose();
    lane.waiting += 1;
    try {
      const client = await lane.client;
      return await NamedQuery.run<Row>(statement, (query) => client.query(query));
    } finally {
      lane.waiting -= 1;
    }
  }

  /** Closes every connection; what is under way is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#lanes].map(async ({ client }) => await (await client).end()));
  }

  #choose(): Lane {
    let idlest: Lane | undefined;
    for (const lane of this.#lanes) if (lane.waiting < (idlest?.waiting ?? Number.POSITIVE_INFINITY)) idlest = lane;
    const enough = this.#lanes.size < Math.min(readily, this.#most) ? 1 : crowded;
    if (idlest !== undefined && (idlest.waiting < enough || this.#lanes.size >= this.#most)) return idlest;
    return this.#open();
  }

  #open(): Lane {
    const client = new Client({ ...this.#config, pipeline: true });
    const lane: Lane = { client: client.connect().then(() => client), waiting: 0 };
    const leave = (): void => {
      this.#lanes.delete(lane);
    };
    // After an error nothing more is heard on a connection, and an error without a listener would end the process.
    client.on('error', (fault) => {
      this.#lost(fault);
      leave();
    });
    client.on('end', leave);
    lane.client.catch(leave);
    this.#lanes.add(lane);
    return lane;
  }
}
