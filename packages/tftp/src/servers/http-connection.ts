import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Peer, plainAddress, type ServedFile, type ServerEvents } from '../building/served-file.js';

/** Requests of one connection that wait while one is answered: phones send one after the other. */
const mostWaiting = 8;

/** One connection: its requests are answered one after the other, and it tells which answers have arrived. */
export class HttpConnection {
  readonly peer: Peer;
  readonly #socket: Socket;
  readonly #events: ServerEvents;
  readonly #waiting: (() => Promise<void>)[] = [];
  /** Files that have left whole. Whether they arrived is seen from what the client does next. */
  readonly #left: ServedFile[] = [];
  #isAnswering = false;

  constructor(socket: Socket, events: ServerEvents) {
    this.#socket = socket;
    this.#events = events;
    this.peer = peerOf(socket);
    socket.once('close', (hadError) => {
      if (!hadError) this.#arrived();
    });
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /**
   * Answers a request behind those that came before it.
   *
   * @param answer - resolves, and never rejects, when nothing more of it is to come
   * @returns false when too many wait
   */
  take(answer: () => Promise<void>): boolean {
    if (this.#socket.destroyed) return true;
    this.#arrived();
    if (this.#waiting.length >= mostWaiting) return false;
    this.#waiting.push(answer);
    if (!this.#isAnswering) void this.#answerAll();
    return true;
  }

  /** The last of a file was given to the system. */
  sent(file: ServedFile): void {
    // What still lay here when the connection broke counts as gone, and yet went nowhere.
    if (!this.#socket.destroyed) this.#left.push(file);
  }

  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    for (let answer = this.#waiting.shift(); answer !== undefined; answer = this.#waiting.shift()) {
      if (this.#socket.destroyed) break;
      await answer();
    }
    this.#isAnswering = false;
  }

  #arrived(): void {
    for (const file of this.#left.splice(0)) this.#events.served(file, this.peer);
  }
}

/** Who is at the other end; over HTTPS the handshake must be done. */
export function peerOf(socket: Socket): Peer {
  const address = plainAddress(socket.remoteAddress ?? '');
  if (!(socket instanceof TLSSocket)) return { transport: 'http', address };
  const certificate = socket.getPeerX509Certificate()?.raw;
  return { transport: 'https', address, ...(certificate === undefined ? {} : { certificate }) };
}
