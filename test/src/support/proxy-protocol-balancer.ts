import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Address of loopback that balancers of tests come from. */
export const balancerAddress = '127.0.0.2';

/** A TCP balancer in front of one listener, which begins each connection with a header of PROXY protocol v2. */
export class Balancer implements AsyncDisposable {
  readonly #server = createServer((phone) => this.#relay(phone));
  readonly #sockets = new Set<Socket>();
  /** IPv4 address that phones are said to come from. */
  phoneAddress = '192.0.2.7';

  private constructor(readonly listenerPort: number) {}

  static async start(listenerPort: number): Promise<Balancer> {
    const balancer = new Balancer(listenerPort);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #relay(phone: Socket): void {
    const onwards = connect({ host: '127.0.0.1', port: this.listenerPort, localAddress: balancerAddress });
    for (const [socket, other] of [
      [phone, onwards],
      [onwards, phone],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
    onwards.write(this.#header(phone.remotePort ?? 0));
    phone.pipe(onwards).pipe(phone);
  }

  #header(phonePort: number): Buffer {
    const header = Buffer.alloc(28);
    header.write('\r\n\r\n\0\r\nQUIT\n', 'latin1');
    header.set([0x21, 0x11, 0, 12, ...this.phoneAddress.split('.').map(Number), 127, 0, 0, 1], 12);
    header.writeUInt16BE(phonePort, 24);
    header.writeUInt16BE(this.listenerPort, 26);
    return header;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}
