import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { TransferOptions } from './tftp-options.js';
import { dataPacket, errorPacket, operationOf, optionPacket, tftpError, tftpOperation } from './tftp-packets.js';

/** How a transfer ended. */
export type TransferEnd = 'complete' | 'given-up' | 'refused-by-client' | 'stopped';

/** So often a packet is sent at most. */
const mostTries = 6;
/** Milliseconds without progress after which a client is given up, whatever time it asked for: it holds a socket. */
const longestSilenceMs = 30_000;

/**
 * One transfer: it speaks from a port of its own to one client, block by block.
 *
 * Packets from anywhere else are answered with error 5 and change nothing (RFC 1350, section 4). An acknowledgement that comes
 * again is not answered by sending again, so that one packet that came twice does not double all that follow.
 */
export class TftpTransfer {
  readonly #client: Pick<RemoteInfo, 'address' | 'port'>;
  readonly #socket: Socket;
  readonly #onEnd: (end: TransferEnd) => void;
  readonly #strangers = new Set<string>();
  #bytes: Uint8Array = new Uint8Array();
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
   * @param onEnd - hears once how it ended
   */
  constructor(client: RemoteInfo, local: string | undefined, onEnd: (end: TransferEnd) => void) {
    this.#client = { address: client.address, port: client.port };
    this.#onEnd = onEnd;
    this.#socket = createSocket(client.family === 'IPv6' ? 'udp6' : 'udp4');
    this.#socket.on('error', () => this.#end('given-up'));
    this.#socket.on('message', (packet, from) => this.#receive(packet, from));
    this.#socket.bind({ port: 0, ...(local === undefined ? {} : { address: local }), exclusive: true });
  }

  /** Whether the client has ever acknowledged anything: who asks in somebody else's name never does. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Since when the client has done nothing; milliseconds on a clock that never jumps. */
  get silentSince(): number {
    return this.#movedAt;
  }

  /** Sends a file. */
  send(bytes: Uint8Array, options: TransferOptions): void {
    if (this.#ended) return;
    this.#bytes = bytes;
    this.#options = options;
    if (options.granted.size > 0) this.#put(optionPacket(options.granted));
    else this.#sendBlock(1);
  }

  /** Says why there is no file, and ends. */
  refuse(code: number, message: string): void {
    if (this.#ended) return;
    // The socket closes behind the packet.
    this.#socket.send(errorPacket(code, message), this.#client.port, this.#client.address, () => this.#end('stopped'));
  }

  /** Ends at once. */
  stop(): void {
    this.#end('stopped');
  }

  #sendBlock(block: number): void {
    const start = (block - 1) * this.#options.blockBytes;
    this.#block = block;
    this.#put(dataPacket(block, this.#bytes.subarray(start, start + this.#options.blockBytes)));
  }

  #put(packet: Buffer): void {
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
    const acknowledged = this.#block * this.#options.blockBytes;
    // A file of whole blocks ends with an empty one.
    if (this.#block > 0 && acknowledged > this.#bytes.length) this.#end('complete');
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

  #end(end: TransferEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#packet = undefined;
    this.#socket.close();
    this.#onEnd(end);
  }
}
