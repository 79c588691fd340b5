import { connect, createServer, type Server, type Socket } from 'node:net';
import { gate } from './gate.js';
import { boundStatement, type FrontendMessage, frontendReader, listens } from './postgres-messages.js';

/** What is kept from passing on a connection when a statement comes by. */
export type Held =
  /** The statement, and all that the client sends after it: the server never hears of it. */
  | 'statement'
  /** The answer, and all that the server says after it: the client never hears what came of it. */
  | 'answer';

interface Trap {
  readonly statement: string;
  readonly held: Held;
  readonly caught: () => void;
}

interface Connection {
  readonly client: Socket;
  readonly database: Socket;
  readonly flow: { toDatabase: boolean; toClient: boolean; listens: boolean };
}

/** Stands between a service and its database, and does to the connections what networks and servers do. */
export class DatabaseProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  readonly #open = new Set<Connection>();
  #trap: Trap | undefined;
  #away = false;
  #silent = false;
  #announcementsLateMs = 0;
  #port = 0;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  /** @param url - of the database; its server is reached over TCP or, with a host that is a path, over a Unix socket */
  static async start(url: string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(new URL(url));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    const address = proxy.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    proxy.#port = address.port;
    return proxy;
  }

  /** For `DATABASE_URL`. */
  get url(): string {
    const { username, password, pathname } = this.#target;
    return `postgres://${username}:${password}@127.0.0.1:${this.#port}${pathname}`;
  }

  /**
   * Holds what belongs to the next statement of this name, once.
   *
   * @returns resolves when the statement has come by
   */
  hold(statement: string, held: Held): Promise<void> {
    const { reached, pass } = gate();
    this.#trap = { statement, held, caught: () => void pass() };
    return reached;
  }

  /** The server is stopped: connections end, new ones are refused. */
  stop(): void {
    this.#away = true;
    this.cut();
  }

  /** Ends every connection. */
  cut(): void {
    for (const { client, database } of this.#open) {
      client.resetAndDestroy();
      database.destroy();
    }
  }

  /** From now on nothing passes, on connections that stand and on new ones, and nobody is told. */
  swallow(): void {
    this.#silent = true;
    for (const { flow } of this.#open) Object.assign(flow, { toDatabase: false, toClient: false });
  }

  /**
   * From now on what the server says on connections that listen comes so many milliseconds late, or never when that is infinite. The
   * order stays.
   */
  delayAnnouncements(ms: number): void {
    this.#announcementsLateMs = ms;
  }

  /** The server is back: new connections are served. What was swallowed stays so, on connections that had begun. */
  restore(): void {
    this.#away = false;
    this.#silent = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#away) {
      client.resetAndDestroy();
      return;
    }
    const host = decodeURIComponent(this.#target.hostname);
    const port = this.#target.port === '' ? '5432' : this.#target.port;
    const database = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port: Number(port) });
    const flow = { toDatabase: !this.#silent, toClient: !this.#silent, listens: false };
    const connection = { client, database, flow };
    const read = frontendReader();
    client.on('data', (chunk: Buffer) => {
      for (const message of read(chunk)) this.#forward(connection, message);
    });
    database.on('data', (chunk: Buffer) => {
      if (!flow.toClient) return;
      const lateMs = flow.listens ? this.#announcementsLateMs : 0;
      if (lateMs === 0) client.write(chunk);
      else if (lateMs < Number.POSITIVE_INFINITY) setTimeout(() => client.write(chunk), lateMs);
    });
    this.#open.add(connection);
    for (const socket of [client, database]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#open.delete(connection);
        client.destroy();
        database.destroy();
      });
    }
  }

  #forward({ database, flow }: Connection, message: FrontendMessage): void {
    if (listens(message)) flow.listens = true;
    const trap = this.#trap;
    if (trap !== undefined && boundStatement(message) === trap.statement) {
      this.#trap = undefined;
      if (trap.held === 'statement') flow.toDatabase = false;
      else flow.toClient = false;
      trap.caught();
    }
    if (flow.toDatabase) database.write(message.bytes);
  }
}
