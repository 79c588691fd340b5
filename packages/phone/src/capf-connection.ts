import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  type Complete,
  encodeMessage,
  type Message,
  opening,
  ProtocolError,
  type SessionState,
  StreamDecoder,
  step,
} from '@opencapf/protocol';
import type { Clock } from './clock.js';
import { PhoneError } from './errors.js';
import type { EnrollHooks, Observation, Outgoing } from './hooks.js';
import type { ConnectionFault, Left, ProtocolFault, TlsFault } from './outcome.js';
import type { PhoneTls, TlsFacts } from './phone-tls.js';
import { socketFault } from './socket-fault.js';
import type { Departure, Stage } from './stage.js';

/** Where a phone connects to, and on what terms. */
export interface CapfConnectionSettings {
  readonly host: string;
  readonly port: number;
  /** The address to come from; the system's choice by default. */
  readonly localAddress?: string | undefined;
  readonly tls: PhoneTls;
  /** How long the phone waits for TCP, for TLS and for each answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly hooks: Pick<EnrollHooks, 'send' | 'leave'>;
  readonly note: (observation: Observation) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Why nothing more will come from the server, other than its own END_SESSION. */
export type Ending = ConnectionFault | TlsFault | ProtocolFault | Left;

/** A message of the server with where the session stood before it. */
export interface Heard {
  readonly kind: 'message';
  readonly message: Complete;
  readonly stage: Stage;
}

/**
 * A phone's connection as a conversation. Both directions go through the state machine; a message of the server counts
 * from its arrival, so that END_SESSION is noticed also while a key is being made.
 */
export class CapfConnection {
  /** What the handshake came to; undefined before. */
  tlsFacts: TlsFacts | undefined;
  readonly #settings: CapfConnectionSettings;
  readonly #decoder = new StreamDecoder();
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #tls: TLSSocket | undefined;
  #state: SessionState = opening;
  #stage: Stage = 'connecting';
  #inbox: Heard[] = [];
  #ending: Ending | undefined;
  #leaving: Pick<Left, 'departure' | 'stage'> | undefined;
  #hookFault: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;
  #disarm: () => void = () => {};

  /** Begins to connect; what comes of it is heard. */
  constructor(settings: CapfConnectionSettings) {
    this.#settings = settings;
    const { host, port, localAddress, signal } = settings;
    this.#socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    this.#socket.setNoDelay(true);
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.on('error', (fault) => this.#lose(fault));
    this.#socket.once(
      'connect',
      this.#guarded(() => this.#handshake()),
    );
    this.#socket.once('close', () => this.#lose(undefined));
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (signal?.aborted) this.#abort();
    this.#arm();
  }

  /** The session id that the server chose; undefined before AUTH_REQUEST. */
  get sessionId(): number | undefined {
    return this.#state.name === 'opening' ? undefined : this.#state.sessionId;
  }

  /** Where the session stands. */
  get stage(): Stage {
    return this.#stage;
  }

  /** The server's next message, or why there is none. Rejects with what a hook threw. */
  async hear(): Promise<Heard | Ending> {
    for (;;) {
      const heard = this.#inbox.shift() ?? this.#ending;
      if (this.#hookFault !== undefined) throw this.#hookFault.cause;
      if (heard !== undefined) return heard;
      await this.news();
    }
  }

  /** Resolves when something is to be heard. One wait at a time: a new one ends the old one's. */
  async news(): Promise<void> {
    if (this.#inbox.length > 0 || this.#ending !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /**
   * Sends a message in one write (capf-wire-protocol.md, section 1), or what the hook puts in its place. Does nothing when
   * the session is over, which is then heard next. Rejects with what a hook threw.
   */
  async say(message: Complete): Promise<void> {
    if (this.#isOver) return;
    const outgoing = (await this.#settings.hooks.send?.(message, this.#stage)) ?? message;
    if (this.#isOver) return;
    const said = step(this.#state, 'phone', message);
    if (said instanceof ProtocolError) throw said;
    this.#state = said.state;
    this.#stage = said.state.name;
    // Asked for before the write: the server's answer may be faster than the news that all is written.
    const departure = this.#settings.hooks.leave?.(this.#stage);
    if (departure !== undefined) this.#leaving = { departure, stage: this.#stage };
    const written = bytesOf(outgoing);
    this.#settings.note({ kind: 'sent', at: this.#settings.clock.now(), message, written });
    this.#arm();
    for (const bytes of written) await this.#write(bytes);
    if (departure !== undefined) this.#depart(departure);
    else if (said.turn === 'phone') this.#disarm();
  }

  /** Ends the connection as what is wrong with the server's message demands: known clients close without a word. */
  refuse(fault: ProtocolError | PhoneError): ProtocolFault {
    const ending = { kind: 'protocolFault', fault, stage: this.#stage } as const;
    this.#finish(ending);
    return ending;
  }

  /** Closes what is still open, and resolves when the socket is gone. */
  async close(): Promise<void> {
    this.#settings.signal?.removeEventListener('abort', this.#abort);
    this.#arm();
    if (this.#ending === undefined) this.#closeInOrder();
    await this.#closed;
    this.#disarm();
  }

  get #isOver(): boolean {
    return this.#ending !== undefined || this.#leaving !== undefined || this.#state.name === 'ended';
  }

  #handshake(): void {
    const { tls, host, clock, note } = this.#settings;
    note({ kind: 'connected', at: clock.now() });
    this.#arm();
    if (this.#enter('handshaking')) return;
    const secured = tls.secure(this.#socket, host);
    this.#tls = secured;
    secured.on('error', (fault) => this.#lose(fault));
    secured.once(
      'secureConnect',
      this.#guarded(() => this.#greet(secured)),
    );
    secured.on(
      'data',
      this.#guarded((chunk: Buffer) => this.#take(chunk)),
    );
    secured.once('end', () => this.#lose(undefined));
  }

  #greet(secured: TLSSocket): void {
    const { clock, note, tls } = this.#settings;
    const facts: TlsFacts = {
      version: secured.getProtocol() ?? 'unknown',
      cipher: secured.getCipher().standardName,
      verified: tls.verifies && secured.authorized,
    };
    this.tlsFacts = facts;
    note({ kind: 'secured', at: clock.now(), tls: facts });
    this.#arm();
    this.#enter('opening');
  }

  #take(chunk: Buffer): void {
    const { messages, error } = this.#decoder.push(chunk);
    for (const message of messages) {
      if (this.#ending !== undefined) return;
      this.#receive(message);
    }
    if (error !== undefined && this.#ending === undefined) this.refuse(error);
  }

  #receive(message: Message): void {
    this.#settings.note({ kind: 'received', at: this.#settings.clock.now(), message });
    const taken = step(this.#state, 'server', message);
    if (taken instanceof ProtocolError) {
      this.refuse(taken);
      return;
    }
    const stage = this.#stage;
    this.#state = taken.state;
    if (this.#leaving !== undefined) {
      if (taken.state.name === 'ended') this.#finishLeaving('ended');
      return;
    }
    this.#disarm();
    if (this.#enter(taken.state.name)) return;
    this.#inbox.push({ kind: 'message', message: taken.message, stage });
    this.#wake?.();
  }

  /** @returns whether the phone leaves here */
  #enter(stage: Stage): boolean {
    this.#stage = stage;
    const departure = this.#settings.hooks.leave?.(stage);
    if (departure === undefined) return false;
    this.#leaving = { departure, stage };
    this.#depart(departure);
    return true;
  }

  #depart(departure: Departure): void {
    if (this.#ending !== undefined) return;
    this.#inbox = [];
    switch (departure) {
      case 'reset':
        this.#socket.resetAndDestroy();
        this.#finishLeaving(undefined, 'closing');
        break;
      case 'destroy':
        this.#finishLeaving(undefined);
        break;
      case 'close':
        this.#closeInOrder();
        this.#finishLeaving(undefined, 'closing');
        break;
      case 'halfClose':
        (this.#tls ?? this.#socket).end();
        this.#arm();
        break;
      case 'silence':
        this.#arm();
        break;
    }
  }

  #closeInOrder(): void {
    (this.#tls ?? this.#socket).destroySoon();
  }

  readonly #abort = (): void => {
    if (this.#ending !== undefined) return;
    this.#leaving = { departure: 'destroy', stage: this.#stage };
    this.#depart('destroy');
  };

  /** The socket broke, or the server closed it. */
  #lose(cause: Error | undefined): void {
    const truncated = this.#decoder.end();
    if (this.#leaving !== undefined) this.#finishLeaving('closed');
    else if (this.#state.name !== 'ended') {
      this.#finish(cause === undefined ? this.#closedFault(truncated) : socketFault(cause, this.#stage, this.#tls));
    }
  }

  #closedFault(truncated: ProtocolError | undefined): ConnectionFault {
    const fault = new PhoneError('capf-connection-lost', truncated && 'in the middle of a message', {
      cause: truncated,
    });
    return { kind: 'connectionFault', fault, stage: this.#stage };
  }

  #arm(): void {
    this.#disarm();
    const { clock, timeoutMs } = this.#settings;
    const cancel = clock.after(timeoutMs, () => this.#timeOut());
    this.#disarm = () => {
      cancel();
      this.#disarm = () => {};
    };
  }

  #timeOut(): void {
    if (this.#ending !== undefined) this.#socket.destroy();
    else if (this.#leaving !== undefined) this.#finishLeaving('timedOut');
    else {
      const fault = new PhoneError('capf-answer-timed-out', `${this.#settings.timeoutMs} ms, ${this.#stage}`);
      this.#finish({ kind: 'connectionFault', fault, stage: this.#stage });
    }
  }

  #finishLeaving(server: Left['server'], socket: 'closing' | 'open' = 'open'): void {
    const { departure, stage } = this.#leaving ?? { departure: 'destroy', stage: this.#stage };
    this.#finish({ kind: 'left', departure, stage, server }, socket);
  }

  #finish(ending: Ending, socket: 'closing' | 'open' = 'open'): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#disarm();
    if (socket === 'open') this.#socket.destroy();
    this.#wake?.();
  }

  /** Resolves when the bytes are with the system, or the socket is gone. */
  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#tls === undefined || this.#ending !== undefined) resolve();
      else this.#tls.write(bytes, () => resolve());
    });
  }

  /** An event handler out of which nothing is thrown: what a hook throws is heard. */
  #guarded<Args extends readonly unknown[]>(handler: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        handler(...args);
      } catch (cause) {
        this.#hookFault = { cause };
        this.#leaving = undefined;
        this.#finish({ kind: 'left', departure: 'destroy', stage: this.#stage, server: undefined });
      }
    };
  }
}

function bytesOf(outgoing: Outgoing): readonly Uint8Array[] {
  return 'command' in outgoing ? [encodeMessage(outgoing)] : outgoing;
}
