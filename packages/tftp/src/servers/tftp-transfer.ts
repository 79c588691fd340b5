import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { FileReading, LongFile } from '../building/served-file.js';
import { longestSilenceMs, mostTries, type TransferOptions } from './tftp-options.js';
import { dataPacket, errorPacket, operationOf, optionPacket, tftpError, tftpOperation } from './tftp-packets.js';

/** How a transfer ended; `refused` is by the server, `evicted` for another one, `replaced` by the same client's next request. */
export type TransferEnd =
  | 'complete'
  | 'refused'
  | 'refused-by-client'
  | 'given-up'
  | 'failed'
  | 'evicted'
  | 'replaced'
  | 'stopped';

/** What a transfer tells. */
export interface TransferEvents {
  /** The client has acknowledged something. */
  moved(): void;
  /** Once. @param fault - of `failed` */
  ended(end: TransferEnd, fault?: unknown): void;
}

/**
 * One transfer: it speaks from a port of its own to one client, block by block.
 *
 * Packets from anywhere else are answered with error 5 and change nothing (RFC 1350, section 4). An acknowledgement that comes
 * again is not answered by sending again, so that one packet that came twice does not double all that follow.
 */
export class TftpTransfer {
  readonly #client: Pick<RemoteInfo, 'address' | 'port'>;
  readonly #socket: Socket;
  readonly #events: TransferEvents;
  readonly #strangers = new Set<string>();
  #file: Uint8Array | LongFile = new Uint8Array();
  /** Of a long file. */
  #reading: FileReading | undefined;
  #options: TransferOptions = { blockBytes: 512, timeoutMs: 1_000, granted: new Map() };
  /** The block that waits for its acknowledgement; 0: the options. Counts on where the wire wraps. */
  #block = 0;
  #packet: Buffer | undefined;
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  /** When the client last did its part; milliseconds on a clock that never jumps. */
  #movedAt = performance.now();
  #isAnswered = false;

  /**
   * @param local - address to speak from; any where it is undefined
   */
  constructor(client: RemoteInfo, local: string | undefined, events: TransferEvents) {
    this.#client = { address: client.address, port: client.port };
    this.#events = events;
    this.#socket = createSocket(client.family === 'IPv6' ? 'udp6' : 'udp4');
    this.#socket.on('error', () => this.#end('given-up'));
    this.#socket.on('message', (packet, from) => this.#receive(packet, from));
    this.#socket.bind({ port: 0, ...(local === undefined ? {} : { address: local }), exclusive: true });
  }

  /**
   * Whether a request that the client repeats begins anew. One that has acknowledged something has heard us, and asks again for what it is
   * being sent only when it has forgotten that, or has all of it and the server does not know.
   */
  get isForgotten(): boolean {
    return this.#isAnswered && (this.#isLast || this.#tries > 1);
  }

  /** Since when the client has done nothing; milliseconds on a clock that never jumps. */
  get silentSince(): number {
    return this.#movedAt;
  }

  /** Sends a file. */
  send(file: Uint8Array | LongFile, options: TransferOptions): void {
    if (this.#ended) return;
    this.#file = file;
    this.#options = options;
    if (file instanceof Uint8Array) this.#begin();
    else {
      file.open().then(
        (reading) => {
          if (this.#ended) reading.close();
          else {
            this.#reading = reading;
            this.#begin();
          }
        },
        (fault: unknown) => this.#fail(fault),
      );
    }
  }

  /** Says why there is no file, and ends. */
  refuse(code: number, message: string): void {
    this.#sayError(code, message, 'refused');
  }

  /** Ends at once. */
  stop(end: TransferEnd): void {
    this.#end(end);
  }

  #begin(): void {
    if (this.#options.granted.size > 0) this.#put(optionPacket(this.#options.granted));
    else this.#sendBlock(1);
  }

  #sendBlock(block: number): void {
    const start = (block - 1) * this.#options.blockBytes;
    const end = Math.min(this.#file.length, start + this.#options.blockBytes);
    this.#block = block;
    if (this.#file instanceof Uint8Array) {
      this.#put(dataPacket(block, this.#file.subarray(start, end)));
      return;
    }
    // Until it is read there is nothing that could be acknowledged, or sent again.
    clearTimeout(this.#timer);
    this.#packet = undefined;
    this.#reading?.read(start, end).then(
      (content) => this.#put(dataPacket(block, content)),
      (fault: unknown) => this.#fail(fault),
    );
  }

  /** Whether the last block is under way: a file of whole blocks ends with an empty one. */
  get #isLast(): boolean {
    return this.#block > 0 && this.#block * this.#options.blockBytes > this.#file.length;
  }

  #fail(fault: unknown): void {
    this.#sayError(tftpError.undefined, 'Try again later', 'failed', fault);
  }

  #sayError(code: number, message: string, end: TransferEnd, fault?: unknown): void {
    if (this.#ended) return;
    // The socket closes behind the packet.
    const { port, address } = this.#client;
    this.#socket.send(errorPacket(code, message), port, address, () => this.#end(end, fault));
  }

  #put(packet: Buffer): void {
    if (this.#ended) return;
    this.#packet = packet;
    this.#tries = 0;
    this.#try();
  }

  #try(): void {
    if (this.#packet === undefined || this.#ended) return;
    const leftMs = longestSilenceMs - (performance.now() - this.#movedAt);
    if (this.#tries === mostTries || leftMs <= 0) {
      this.#end('given-up');
      return;
    }
    this.#tries += 1;
    this.#socket.send(this.#packet, this.#client.port, this.#client.address);
    clearTimeout(this.#timer);
    // Each time a little later, as RFC 1123 (4.2.3.2) asks for; a client that named a time gets that one.
    const factor = this.#options.granted.has('timeout') ? 1 : Math.min(4, 2 ** (this.#tries - 1));
    this.#timer = setTimeout(() => this.#try(), Math.min(this.#options.timeoutMs * factor, leftMs));
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    if (this.#ended) return;
    if (from.port !== this.#client.port || from.address !== this.#client.address) {
      this.#tellStranger(from);
      return;
    }
    const operation = operationOf(packet);
    if (operation === tftpOperation.error) this.#end('refused-by-client');
    if (operation !== tftpOperation.acknowledgement || packet.readUInt16BE(2) !== (this.#block & 0xffff)) return;
    // Before the file is known nothing was sent that could be acknowledged.
    if (this.#packet === undefined) return;
    this.#movedAt = performance.now();
    this.#isAnswered = true;
    this.#events.moved();
    if (this.#isLast) this.#end('complete');
    else this.#sendBlock(this.#block + 1);
  }

  /** Each hears it once: two servers that answer each other's errors would never stop. */
  #tellStranger({ address, port }: RemoteInfo): void {
    const stranger = `${address} ${port}`;
    if (this.#strangers.has(stranger) || this.#strangers.size >= 16) return;
    this.#strangers.add(stranger);
    // Where it cannot be sent, as to port 0, nobody waits for it.
    if (port === 0) return;
    this.#socket.send(errorPacket(tftpError.unknownTransfer, 'Unknown transfer ID'), port, address, () => undefined);
  }

  #end(end: TransferEnd, fault?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#packet = undefined;
    this.#reading?.close();
    this.#socket.close();
    this.#events.ended(end, fault);
  }
}
