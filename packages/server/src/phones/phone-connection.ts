import type { TLSSocket } from 'node:tls';
import type { Conversation, Heard, Peer } from '@opencapf/enrollment';
import {
  type Complete,
  encodeMessage,
  endSession,
  type Message,
  maxPayloadBytes,
  opening,
  ProtocolError,
  type SessionState,
  StreamDecoder,
  step,
} from '@opencapf/protocol';
import { keepAlive } from '../sockets/keep-alive.js';
import type { Admission } from './connection-bounds.js';
import { MessageAllowance, type MessageBounds } from './message-allowance.js';

/** What a connection is made with. */
export interface PhoneConnectionOptions {
  /** Unsigned 32-bit number that every message of the session bears. */
  readonly sessionId: number;
  readonly peer: Peer;
  readonly keepAliveMs: number;
  readonly bounds: MessageBounds;
  readonly admission: Admission;
}

/** How long a phone may take to close after END_SESSION. */
const lingerMs = 5_000;

/**
 * One phone's connection as a conversation: what is sent is checked against the legal order, what comes is decoded and checked
 * too, and counted, and never more than one chunk is held while nobody listens.
 */
export class PhoneConnection implements Conversation {
  readonly sessionId: number;
  readonly peer: Peer;
  readonly #socket: TLSSocket;
  readonly #admission: Admission;
  readonly #allowance: MessageAllowance;
  readonly #decoder: StreamDecoder;
  readonly #waiting: Message[] = [];
  #state: SessionState = opening;
  /** What ended the incoming stream, to be heard after the messages before it. */
  #end: Heard | undefined;
  #wake: (() => void) | undefined;

  /** Takes the socket over: nobody else reads from it. */
  constructor(socket: TLSSocket, { sessionId, peer, keepAliveMs, bounds, admission }: PhoneConnectionOptions) {
    this.#socket = socket;
    this.#admission = admission;
    this.#allowance = new MessageAllowance(bounds);
    this.#decoder = new StreamDecoder(Math.min(bounds.bytesBeforeAuthentication, maxPayloadBytes));
    this.sessionId = sessionId;
    this.peer = peer;
    const endKeepAlive = keepAlive(socket, keepAliveMs);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => this.#left());
    socket.on('close', () => {
      endKeepAlive();
      this.#left();
    });
    socket.on('end', () => {
      const truncated = this.#decoder.end();
      if (truncated === undefined) this.#left();
      else this.#finish({ kind: 'fault', fault: truncated });
    });
    socket.pause();
    if (socket.destroyed) {
      endKeepAlive();
      this.#left();
    }
  }

  /** The phone has proved itself: it keeps its place, and may send what the wire allows. */
  authenticated(): boolean {
    if (!this.#admission.authenticated()) return false;
    this.#allowance.authenticated();
    this.#decoder.limitPayload(maxPayloadBytes);
    return true;
  }

  /**
   * Sends a message in one write (capf-wire-protocol.md, section 1) and waits for the phone's next one.
   *
   * @param timeoutMs - from now to the whole message
   */
  async ask(message: Complete, timeoutMs: number): Promise<Heard> {
    this.#send(message);
    return await this.hear(timeoutMs);
  }

  /** Waits for the phone's next message. */
  async hear(timeoutMs: number): Promise<Heard> {
    const next = this.#next();
    if (next !== undefined) return next;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#finish({ kind: 'lost', reason: 'deadline-passed' }), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      if (this.#socket.isPaused()) this.#socket.resume();
    });
    return this.#next() ?? { kind: 'lost', reason: 'phone-left' };
  }

  /**
   * Sends END_SESSION with this reason and closes; does nothing when the phone is gone.
   *
   * @returns when the phone has closed too, or has not done so for {@link lingerMs}
   */
  async endSession(reason: number): Promise<void> {
    if (this.#socket.destroyed) return;
    if (this.#state.name !== 'ended') this.#send(endSession(this.sessionId, reason));
    this.#finish({ kind: 'lost', reason: 'closed-by-us' });
    this.#socket.end();
    // What the phone still sends is of no interest, but left unread it would turn our close into a reset, which can take
    // END_SESSION from the phone before it has read it.
    this.#socket.resume();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Whether it is the phone's turn to say something. */
  get awaitsPhone(): boolean {
    return this.#wake !== undefined;
  }

  /** Closes without END_SESSION, which phones take as a communication failure and try again. */
  hangUp(): void {
    this.#finish({ kind: 'lost', reason: 'closed-by-us' });
    this.#socket.destroy();
  }

  #send(message: Complete): void {
    const sent = step(this.#state, 'server', message);
    if (sent instanceof ProtocolError) throw sent;
    this.#state = sent.state;
    this.#socket.write(encodeMessage(message));
  }

  #take(chunk: Buffer): void {
    if (this.#end !== undefined) return;
    const { messages, error } = this.#decoder.push(chunk);
    this.#waiting.push(...messages);
    const fault = error ?? this.#allowance.takeBytes(chunk.length);
    if (fault !== undefined) this.#finish({ kind: 'fault', fault });
    else if (messages.length > 0) {
      // A phone that waits for its turn sends nothing more: stopping the stream for each of its messages would cost, and stop nothing.
      if (this.#wake === undefined) this.#socket.pause();
      else this.#wake();
    }
  }

  #left(): void {
    this.#finish({ kind: 'lost', reason: this.#admission.dropped ? 'made-room' : 'phone-left' });
  }

  #finish(end: Heard): void {
    this.#end ??= end;
    this.#wake?.();
  }

  #next(): Heard | undefined {
    const message = this.#waiting.shift();
    if (message === undefined) return this.#end;
    const tooMany = this.#allowance.takeMessage(message.command);
    if (tooMany !== undefined) return { kind: 'fault', fault: tooMany };
    const heard = step(this.#state, 'phone', message);
    if (heard instanceof ProtocolError) return { kind: 'fault', fault: heard };
    this.#state = heard.state;
    return { kind: 'message', message: heard.message };
  }
}
