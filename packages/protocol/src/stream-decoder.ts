import { type CommandName, commandName } from './commands.js';
import { ProtocolError } from './errors.js';
import { headerBytes, maxPayloadBytes, protocolId } from './frame.js';
import { type Message, readMessage } from './message.js';

/** What a chunk brought: messages in their order and, after the last of them, the fault that ended the stream. */
export interface Decoded {
  readonly messages: readonly Message[];
  readonly error: ProtocolError | undefined;
}

/** The frame that is being received: its header is complete, its payload is not. */
interface OpenFrame {
  readonly command: CommandName;
  readonly sessionId: number;
  readonly payloadLength: number;
}

const nothing: Decoded = { messages: [], error: undefined };
const emptyPayload = Buffer.alloc(0);

/** The first reservation for a payload that comes in pieces; a header alone must not buy a peer 64 KB. */
const firstReservationBytes = 512;

/**
 * Turns the bytes of one connection into messages, whatever the chunks they come in.
 *
 * It never throws, never keeps a chunk, and keeps at most one unfinished message, reserved as it arrives. After a fault
 * it is dead: the peer and we no longer agree where messages begin, so later bytes are dropped.
 */
export class StreamDecoder {
  readonly #header = Buffer.alloc(headerBytes);
  #headerLength = 0;
  #frame: OpenFrame | undefined;
  /** Reserved for the payload under way; its first `#payloadLength` bytes are filled. */
  #payload = emptyPayload;
  #payloadLength = 0;
  #payloadLimit: number;
  #dead = false;

  /** @param payloadLimit - The largest payload taken, in bytes; 65535 (all that the wire allows) by default. */
  constructor(payloadLimit: number = maxPayloadBytes) {
    this.#payloadLimit = payloadLimit;
  }

  /** Sets the largest payload taken, in bytes, for messages whose header is still to come. */
  limitPayload(bytes: number): void {
    this.#payloadLimit = bytes;
  }

  /** Memory held for an unfinished message, in bytes. */
  get heldBytes(): number {
    return this.#headerLength + this.#payload.length;
  }

  /**
   * The messages that this chunk completes, and the fault it shows, if any. The messages own their bytes.
   *
   * Errors: `protocol-id-wrong`, `command-unknown`, `frame-too-large` and all codes about elements.
   */
  push(chunk: Uint8Array): Decoded {
    if (this.#dead) return nothing;
    const messages: Message[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#frame === undefined) {
        offset += this.#takeHeader(chunk, offset);
        if (this.#header[0] !== protocolId) {
          return this.#die(messages, new ProtocolError('protocol-id-wrong'), chunk.subarray(offset));
        }
        if (this.#headerLength < headerBytes) break;
        const frame = this.#readHeader();
        if (frame instanceof ProtocolError) return this.#die(messages, frame, chunk.subarray(offset));
        this.#frame = frame;
      }
      offset += this.#takePayload(this.#frame, chunk, offset);
      if (this.#payloadLength < this.#frame.payloadLength) break;
      const message = readMessage(this.#frame.command, this.#frame.sessionId, this.#payload);
      if (message instanceof ProtocolError) return this.#die(messages, message, chunk.subarray(offset));
      messages.push(message);
      this.#release();
    }
    return { messages, error: undefined };
  }

  /** To be called when the peer has closed: `stream-truncated` if a message was not complete. The decoder is dead then. */
  end(): ProtocolError | undefined {
    const truncated = !this.#dead && this.#headerLength > 0;
    this.#dead = true;
    this.#release();
    return truncated ? new ProtocolError('stream-truncated') : undefined;
  }

  #takeHeader(chunk: Uint8Array, offset: number): number {
    const taken = Math.min(headerBytes - this.#headerLength, chunk.length - offset);
    for (let index = 0; index < taken; index++) {
      this.#header[this.#headerLength + index] = chunk[offset + index] ?? 0;
    }
    this.#headerLength += taken;
    return taken;
  }

  #readHeader(): OpenFrame | ProtocolError {
    const code = this.#header.readUInt8(1);
    const command = commandName(code);
    if (command === undefined) return new ProtocolError('command-unknown', `command ${code}`);
    const payloadLength = this.#header.readUInt16BE(6);
    if (payloadLength > this.#payloadLimit) {
      return new ProtocolError('frame-too-large', `${payloadLength} bytes, at most ${this.#payloadLimit} are taken`);
    }
    return { command, sessionId: this.#header.readUInt32BE(2), payloadLength };
  }

  #takePayload({ payloadLength }: OpenFrame, chunk: Uint8Array, offset: number): number {
    const taken = Math.min(payloadLength - this.#payloadLength, chunk.length - offset);
    this.#reserve(this.#payloadLength + taken, payloadLength);
    this.#payload.set(chunk.subarray(offset, offset + taken), this.#payloadLength);
    this.#payloadLength += taken;
    return taken;
  }

  /** Doubling keeps the copying linear in what arrives; the payload's own length ends it. */
  #reserve(needed: number, payloadLength: number): void {
    if (needed <= this.#payload.length) return;
    const reserved = Buffer.allocUnsafeSlow(
      Math.min(payloadLength, Math.max(needed, 2 * this.#payload.length, firstReservationBytes)),
    );
    reserved.set(this.#payload.subarray(0, this.#payloadLength));
    this.#payload = reserved;
  }

  #release(): void {
    this.#frame = undefined;
    this.#headerLength = 0;
    this.#payload = emptyPayload;
    this.#payloadLength = 0;
  }

  /** @param rest - What the chunk holds behind that which is kept here. */
  #die(messages: readonly Message[], fault: ProtocolError, rest: Uint8Array): Decoded {
    const header = this.#header.subarray(0, this.#headerLength);
    const error = fault.showing(Buffer.concat([header, this.#payload.subarray(0, this.#payloadLength), rest]));
    this.#dead = true;
    this.#release();
    return { messages, error };
  }
}
