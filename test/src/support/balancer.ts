import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const host = '127.0.0.1';

/** Hands TCP connections on to one of several services in turn, to the next one where one does not take it. */
export class Balancer implements AsyncDisposable {
  /** Ports of the services. */
  targets: readonly number[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket));
  }

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.#server.listen(0, host);
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #serve(client: Socket): Promise<void> {
    this.#keep(client);
    const { targets } = this;
    for (let tries = 0; tries < targets.length; tries += 1) {
      this.#turn += 1;
      const service = await connected(targets[this.#turn % targets.length] ?? 0);
      if (service === undefined) continue;
      this.#keep(service);
      client.once('close', () => service.destroy());
      service.once('close', () => client.destroy());
      client.pipe(service).pipe(client);
      return;
    }
    client.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function connected(port: number): Promise<Socket | undefined> {
  const socket = connect({ host, port, allowHalfOpen: true });
  return await new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
