import type { TLSSocket } from 'node:tls';
import { type EnrollmentServices, type Peer, type SessionNumbers, serveSession } from '@opencapf/enrollment';
import type { Logger } from '../log.js';
import type { MessageBounds } from './message-allowance.js';
import { PhoneConnection } from './phone-connection.js';
import type { Arrival } from './phone-listener.js';

/** What phones of all listeners are served with. */
export interface PhoneSessionsOptions {
  readonly services: EnrollmentServices;
  readonly numbers: Pick<SessionNumbers, 'next'>;
  readonly keepAliveMs: number;
  readonly bounds: MessageBounds;
  readonly log: Logger;
}

/** How long a session whose turn it is may take to say its last word when the service stops: it waits for all nodes to know (`fileLeaseMs`). */
const lastWordMs = 500;

/** The phones that this process serves, whichever listener they met. */
export class PhoneSessions {
  readonly #options: PhoneSessionsOptions;
  readonly #connections = new Set<PhoneConnection>();
  readonly #sessions = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: PhoneSessionsOptions) {
    this.#options = options;
  }

  /** Serves a phone whose handshake is done, to the end. */
  serve(socket: TLSSocket, listener: Peer['listener'], arrival: Arrival): void {
    // A peer may reset at any moment, also before a session has begun.
    socket.on('error', () => undefined);
    const session = this.#serve(socket, listener, arrival)
      .catch((err: unknown) => {
        this.#options.log.error({ err, remote: arrival.from.address }, 'a phone could not be served');
        socket.destroy();
      })
      .finally(() => this.#sessions.delete(session));
    this.#sessions.add(session);
  }

  /**
   * Lets the sessions under way finish for so long, then hangs up on what is left: phones take that as a communication
   * failure and try again. One whose turn it is to say something says it first: it may be that all is done, and the phone is to be told so.
   *
   * @returns when every session is over and on record
   */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    await this.#finished(drainMs);
    for (const connection of this.#connections) if (connection.awaitsPhone) connection.hangUp();
    await this.#finished(lastWordMs);
    for (const connection of this.#connections) connection.hangUp();
    await Promise.all(this.#sessions);
  }

  /** @returns when every session is over, or so many milliseconds have passed */
  async #finished(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([Promise.all(this.#sessions), limit]);
    clearTimeout(timer);
  }

  async #serve(socket: TLSSocket, listener: Peer['listener'], { from, admission }: Arrival): Promise<void> {
    if (this.#stopping) {
      socket.destroy();
      return;
    }
    const { services, numbers, keepAliveMs, bounds } = this.#options;
    const peer = { ...peerOf(socket, listener, from), connectedAt: services.clock() };
    const sessionId = await numbers.next();
    const connection = new PhoneConnection(socket, { sessionId, peer, keepAliveMs, bounds, admission });
    this.#connections.add(connection);
    if (this.#stopping) connection.hangUp();
    try {
      await serveSession(connection, services);
    } finally {
      this.#connections.delete(connection);
    }
  }
}

function peerOf(
  socket: TLSSocket,
  listener: Peer['listener'],
  { address, port }: Arrival['from'],
): Omit<Peer, 'connectedAt'> {
  return {
    remoteAddress: address,
    remotePort: port,
    listener,
    tlsVersion: socket.getProtocol() ?? undefined,
    cipher: socket.getCipher()?.name,
  };
}
