import type { Writable } from 'node:stream';
import { Client, type ClientConfig, type Query, type QueryResult, type QueryResultRow } from 'pg';
import { NamedQuery, type NamedStatement } from './named-query.js';

interface Lane {
  readonly client: Promise<Client>;
  /** Once it is there: waiting for what is there already costs a turn. */
  connected: Client | undefined;
  /** Statements that were given to it and are not answered. */
  waiting: number;
  /** When it last answered, or began to have something to do; milliseconds. */
  movedAt: number;
}

/** Statements that one lane takes before the next one is used. */
const depth = 128;

/** A lane that has answered nothing for so long, in milliseconds, gets no more: one of its statements waits for a lock, or the network is gone. */
const patienceMs = 250;

/**
 * Connections that each take a statement while earlier ones are still under way (pipeline mode of `pg`), where a pool
 * would let it wait for one that is free. When many phones come at once, several statements go out in a write and
 * several answers come in with a read, which is cheaper for both sides; so one lane is filled before the next is used, and what
 * sessions ask within one turn of the event loop leaves together.
 *
 * Each statement is a transaction of its own, so one that fails takes no other with it. One that waits for a lock holds
 * up those that came behind it on its lane within {@link patienceMs}, at the longest for the statement timeout.
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
   * Runs a statement on the first lane that gets on and is not full, else on the one that has the least to do.
   *
   * Rejects with what the server reports, or with what kept the connection from being made or broke it.
   */
  run<Row extends QueryResultRow>(statement: NamedStatement): Promise<QueryResult<Row>> {
    if (this.#closed) return Promise.reject(new Error('The connections were closed.'));
    const lane = this.#choose();
    if (lane.waiting === 0) lane.movedAt = performance.now();
    lane.waiting += 1;
    return new Promise((resolve, reject) => {
      const answered = (fault: Error | null | undefined, result?: QueryResult): void => {
        lane.waiting -= 1;
        lane.movedAt = performance.now();
        if (fault) reject(fault);
        else resolve(result as QueryResult<Row>);
      };
      const ask = (client: Client): void => {
        try {
          holdUntilTurnEnds(client.connection.stream);
          client.query(new NamedQuery(statement, answered) as unknown as Query);
        } catch (fault) {
          answered(fault instanceof Error ? fault : new Error(String(fault)));
        }
      };
      if (lane.connected === undefined) lane.client.then(ask, answered);
      else ask(lane.connected);
    });
  }

  /** Closes every connection; what is under way is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#lanes].map(async ({ client }) => await (await client).end()));
  }

  #choose(): Lane {
    const stuckSince = performance.now() - patienceMs;
    let idlest: Lane | undefined;
    for (const lane of this.#lanes) {
      if (lane.waiting === 0 || (lane.waiting < depth && lane.movedAt > stuckSince)) return lane;
      if (idlest === undefined || lane.waiting < idlest.waiting) idlest = lane;
    }
    return idlest === undefined || this.#lanes.size < this.#most ? this.#open() : idlest;
  }

  #open(): Lane {
    const client = new Client({ ...this.#config, pipeline: true });
    const connected = client.connect().then(() => {
      lane.connected = client;
      return client;
    });
    const lane: Lane = { client: connected, connected: undefined, waiting: 0, movedAt: 0 };
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

/** A write to the kernel costs more than a statement: those of a turn share one. */
function holdUntilTurnEnds(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
