import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Database } from './connect.js';

/** Hears what Postgres announces. */
export interface Hearer {
  heard(channel: string, payload: string): void;
  /** From now on all is heard. What was announced before is not. */
  listening(): void;
  /** Nothing is heard until {@link listening} is called again. */
  deaf(fault: unknown): void;
}

/** Listens until it is stopped. */
export interface Listening {
  /**
   * Whether all that was announced by transactions whose commit was answered before this call has been heard once it resolves. False
   * where that cannot be known: nothing is heard now, or what answers is no server of Postgres itself but a pooler, which may pass
   * nothing on. Rejects when the connection breaks over it.
   */
  hasHeard(): Promise<boolean>;
  stop(): Promise<void>;
}

/** In milliseconds. */
export interface ListeningTimes {
  /** How often a connection on which nothing comes is asked whether it lives. Default 10 s. */
  readonly askEvery?: number;
  /** How long it may take to say so, and to come about. Default 5 s. */
  readonly patience?: number;
  /** Until another one is made. Default 0.5 s. */
  readonly again?: number;
}

const defaults = { askEvery: 10_000, patience: 5_000, again: 500 };

/** Listens on channels by a connection of its own, and makes another one whenever it breaks or falls silent. */
export function listenOn(
  database: Database,
  channels: readonly string[],
  hearer: Hearer,
  given: ListeningTimes = {},
): Listening {
  const times = { ...defaults, ...given };
  const stopping = new AbortController();
  const { signal } = stopping;
  let current: ListeningConnection | undefined;
  const listen = async (): Promise<void> => {
    let connection: ListeningConnection | undefined;
    try {
      connection = await ListeningConnection.open(database, channels, hearer, times);
      if (signal.aborted) return;
      current = connection;
      hearer.listening();
      await connection.untilBroken(signal);
    } catch (fault) {
      current = undefined;
      if (!signal.aborted) hearer.deaf(fault);
    } finally {
      await connection?.close();
    }
  };
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      await listen();
      await delay(times.again, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = work();
  return {
    hasHeard: async () => (await current?.hasHeard()) ?? false,
    async stop() {
      current = undefined;
      stopping.abort();
      await ended;
    },
  };
}

class ListeningConnection {
  readonly #client: Client;
  readonly #broken = new AbortController();
  /** One question after the other: the client wants it so. */
  #asked: Promise<unknown> = Promise.resolve();
  /** Whether the server itself answers: a pooler hands out numbers of its own, not that of the process that listens. */
  #isDirect = false;

  private constructor(
    client: Client,
    readonly times: Required<ListeningTimes>,
  ) {
    this.#client = client;
    client.on('error', (fault) => this.#broken.abort(fault));
    client.on('end', () => this.#broken.abort(new Error('The connection ended.')));
  }

  static async open(
    database: Database,
    channels: readonly string[],
    hearer: Hearer,
    times: Required<ListeningTimes>,
  ): Promise<ListeningConnection> {
    const client = new Client({
      ...database.target.config,
      application_name: 'opencapf listening',
      connectionTimeoutMillis: times.patience,
      query_timeout: times.patience,
      keepAlive: true,
    });
    const connection = new ListeningConnection(client, times);
    client.on('notification', ({ channel, payload = '' }) => hearer.heard(channel, payload));
    try {
      await client.connect();
      for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
      connection.#isDirect = await isServerItself(client);
      return connection;
    } catch (fault) {
      await connection.close();
      throw fault;
    }
  }

  /**
   * Postgres rouses whoever listens before it answers a commit, and sends what was announced before it ends the answer to a statement
   * (its source: `AtCommit_Notify`, and the main loop's `ProcessNotifyInterrupt`).
   */
  async hasHeard(): Promise<boolean> {
    if (!this.#isDirect) return false;
    await this.#ask();
    return true;
  }

  /** @throws what broke it, unless it was stopped before */
  async untilBroken(stopped: AbortSignal): Promise<void> {
    const over = AbortSignal.any([stopped, this.#broken.signal]);
    while (!over.aborted) {
      await delay(this.times.askEvery, undefined, { signal: over }).catch(() => undefined);
      if (!over.aborted) await this.#ask();
    }
    if (!stopped.aborted) throw over.reason;
  }

  /** @throws what came instead of an answer; the connection is broken then */
  async #ask(): Promise<void> {
    const asked = this.#asked.then(async () => await this.#client.query('select'));
    this.#asked = asked;
    try {
      await asked;
    } catch (fault) {
      this.#broken.abort(fault);
      throw fault;
    }
  }

  async close(): Promise<void> {
    await Promise.race([this.#client.end().catch(() => undefined), delay(this.times.again, undefined, { ref: false })]);
  }
}

async function isServerItself(client: Client & { readonly processID?: number | null }): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid === client.processID;
}
