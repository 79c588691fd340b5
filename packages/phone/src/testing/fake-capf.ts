import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { exportPkcs8Pem, type KeyPair, toPem } from '@opencapf/pki';
import { type Complete, encodeMessage, type Message, StreamDecoder } from '@opencapf/protocol';

/** What the fake server hears: a message, or how the phone went. */
export type FromPhone = Message | 'closed' | 'reset';

/** The server's end of one phone's connection. */
export class FakePeer {
  /** How many messages each piece of data held that came out of TLS: always 1, when one message is one write. */
  readonly messagesPerRecord: number[] = [];
  readonly #socket: TLSSocket;
  readonly #decoder = new StreamDecoder();
  readonly #heard: FromPhone[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      const { messages, error } = this.#decoder.push(chunk);
      if (error !== undefined) socket.destroy(error);
      this.messagesPerRecord.push(messages.length);
      this.#hear(...messages);
    });
    socket.once('end', () => this.#hear('closed'));
    socket.once('close', () => this.#hear('closed'));
    socket.on('error', () => this.#hear('reset'));
  }

  /** Every cipher and version as the server saw it. */
  get tls(): { readonly version: string | null; readonly servername: string | false | null } {
    const { servername } = this.#socket as TLSSocket & { servername?: string | false | null };
    return { version: this.#socket.getProtocol(), servername: servername ?? null };
  }

  say(message: Message): Promise<void> {
    return this.sayBytes(encodeMessage(message));
  }

  sayBytes(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  async hear(): Promise<FromPhone> {
    for (;;) {
      const heard = this.#heard.shift();
      if (heard !== undefined) return heard;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next message, which must be this command. */
  async expect<C extends Message['command']>(command: C): Promise<Extract<Message, { command: C }>> {
    const heard = await this.hear();
    if (typeof heard === 'string' || heard.command !== command) {
      throw new Error(`${typeof heard === 'string' ? heard : heard.command} instead of ${command}`);
    }
    return heard as Extract<Message, { command: C }>;
  }

  /** Says this and closes in good order. */
  async sayLast(message: Complete): Promise<void> {
    await this.say(message);
    this.close();
  }

  close(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #hear(...heard: readonly FromPhone[]): void {
    this.#heard.push(...heard);
    this.#wake?.();
  }
}

/** A server for one phone that does what a script says. */
export interface FakeCapf {
  readonly port: number;
  /** Resolves when the script has run to its end and nothing is open any more; rejects with what went wrong in it. */
  finished(): Promise<void>;
}

/** What the fake server holds in TLS. */
export interface FakeIdentity {
  /** DER, the server's first. */
  readonly certificates: readonly Uint8Array[];
  readonly key: KeyPair;
}

/**
 * Opens a server on loopback that runs the script with the first phone that finishes its handshake.
 *
 * @param visits - With so many, one after the other.
 */
export async function startFakeCapf(
  identity: FakeIdentity,
  script: (peer: FakePeer) => Promise<void>,
  options: TlsOptions = {},
  visits = 1,
): Promise<FakeCapf> {
  let settle: (work: Promise<void>) => void = () => {};
  const played = new Promise<void>((resolve) => {
    settle = resolve;
  });
  played.catch(() => {});
  const server = createServer({
    cert: identity.certificates.map((der) => toPem('CERTIFICATE', der)).join(''),
    key: exportPkcs8Pem(identity.key.privateKey),
    ...options,
  });
  const scripts: Promise<void>[] = [];
  server.on('secureConnection', (socket) => {
    if (scripts.length === visits) return;
    const peer = new FakePeer(socket);
    const played = script(peer).finally(() => peer.close());
    played.catch(() => {});
    scripts.push(played);
    if (scripts.length === visits) settle(Promise.all(scripts).then(() => {}));
  });
  server.on('tlsClientError', (_fault, socket) => {
    socket.destroy();
    settle(Promise.resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake server has no port');
  return {
    port: address.port,
    async finished() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A phone that never came to TLS leaves nothing to play.
      settle(Promise.resolve());
      await played;
      await closed;
    },
  };
}
