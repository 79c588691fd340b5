import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type Message, StreamDecoder } from '@opencapf/protocol';

/** A bare TLS client of port 3804 for tests that say and see bytes. */
export class CapfClient implements Disposable {
  readonly #messages: Message[] = [];
  readonly #decoder = new StreamDecoder();
  #wake: (() => void) | undefined;
  #closed = false;

  private constructor(readonly socket: TLSSocket) {
    socket.on('data', (chunk: Buffer) => {
      this.#messages.push(...this.#decoder.push(chunk).messages);
      this.#wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** @param ca - PEM; the server's chain is verified, its name is not: phones know no name */
  static async connect(port: number, ca: string, options: ConnectionOptions = {}): Promise<CapfClient> {
    const socket = connect({ host: '127.0.0.1', port, ca, checkServerIdentity: () => undefined, ...options });
    await once(socket, 'secureConnect');
    return new CapfClient(socket);
  }

  /** The next message, or undefined when the server has closed. */
  async next(): Promise<Message | undefined> {
    while (this.#messages.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
