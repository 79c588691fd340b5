import type { Socket } from 'node:net';
import { Client } from 'pg';

/**
 * The connection on which one process makes and drops its tests' databases: a server takes longer to begin a connection than to do
 * either. It is kept until the process ends, which does not wait for it, and takes one piece of work at a time.
 */
class Administration {
  readonly #url: string;
  #client: Promise<Client> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string) {
    this.#url = url;
  }

  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => await this.#do(work));
    this.#last = done.catch(() => undefined);
    return await done;
  }

  async #do<T>(work: (client: Client) => Promise<T>): Promise<T> {
    this.#client ??= this.#connect();
    const client = await this.#client.catch((fault: unknown) => {
      this.#client = undefined;
      throw fault;
    });
    const socket = client.connection.stream as Socket;
    socket.ref();
    try {
      return await work(client);
    } catch (fault) {
      // Nobody knows what the work left behind on it, such as a lock.
      this.#client = undefined;
      await client.end();
      throw fault;
    } finally {
      socket.unref();
    }
  }

  async #connect(): Promise<Client> {
    const client = new Client({ connectionString: this.#url });
    client.on('error', () => undefined);
    client.once('end', () => {
      this.#client = undefined;
    });
    await client.connect();
    return client;
  }
}

const administrations = new Map<string, Administration>();

/** Runs `work` on a connection to the server, alone among the works of this process. */
export async function onServer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const administration = administrations.get(url) ?? new Administration(url);
  administrations.set(url, administration);
  return await administration.run(work);
}
