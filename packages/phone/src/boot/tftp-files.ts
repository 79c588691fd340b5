import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6, SocketAddress } from 'node:net';
import { longestFile } from '@opencapf/tftp/readers';
import { PhoneError } from '../errors.js';
import type { Fetched, FilePlace } from './file-place.js';
import { type FetchTerms, textOf, unreachable } from './http-files.js';

/** RFC 1350, 5 and RFC 2347. */
const opcode = { read: 1, data: 3, acknowledge: 4, error: 5, options: 6 } as const;
const fileNotFound = 1;
const unknownTransfer = 5;
/** What the answer must fit in, so that no datagram is divided on the way (RFC 2348). */
const blockSize = 1_428;
/** Of a server that knows no options (RFC 1350, 2). */
const defaultBlockSize = 512;
/** How long the phone waits before it repeats what it said last. */
const repeatMs = 1_000;

/** Fetches a file over TFTP. Rejects with PhoneError `files-unreachable`, `files-answer-unusable`. */
export async function fetchOverTftp(place: FilePlace, name: string, terms: FetchTerms): Promise<Fetched> {
  const { address, family } = await lookup(place.host).catch((cause: unknown) => {
    throw unreachable(name, textOf(cause), cause);
  });
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    const transfer = new Transfer(socket, { address: canonical(address), port: place.port }, name, terms);
    const fetched = await transfer.run();
    // Without the last acknowledgement the server would not know that the phone has the file.
    await transfer.said;
    return fetched;
  } finally {
    socket.close();
  }
}

class Transfer {
  readonly #socket: Socket;
  readonly #server: { readonly address: string; readonly port: number };
  readonly #name: string;
  readonly #terms: FetchTerms;
  readonly #blocks: Uint8Array[] = [];
  #length = 0;
  #blockSize = defaultBlockSize;
  /** The port that answers for this transfer, another one than that of requests (RFC 1350, 4). */
  #peer: number | undefined;
  #said: Uint8Array;
  #cancelRepeat: () => void = () => {};
  /** Resolves when what was said last is on its way. */
  said: Promise<void> = Promise.resolve();

  constructor(socket: Socket, server: { address: string; port: number }, name: string, terms: FetchTerms) {
    this.#socket = socket;
    this.#server = server;
    this.#name = name;
    this.#terms = terms;
    const words = [name, 'octet', 'blksize', String(blockSize), 'tsize', '0'];
    this.#said = Buffer.concat([numbers(opcode.read), Buffer.from(words.map((word) => `${word}\0`).join(''))]);
  }

  async run(): Promise<Fetched> {
    const { clock, timeoutMs, signal } = this.#terms;
    return await new Promise<Fetched>((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () =>
        end(() => reject(unreachable(this.#name, 'no whole answer in time'))),
      );
      const breakOff = (): void => end(() => reject(unreachable(this.#name, 'broken off')));
      const end = (settle: () => void): void => {
        cancel();
        signal?.removeEventListener('abort', breakOff);
        this.#cancelRepeat();
        this.#socket.removeAllListeners('message');
        settle();
      };
      this.#socket.on('error', (cause) => end(() => reject(unreachable(this.#name, textOf(cause), cause))));
      this.#socket.on('message', (message, from) => {
        const came = this.#take(message, from);
        if (came === undefined) return;
        end(() => (came instanceof PhoneError ? reject(came) : resolve(came)));
      });
      if (signal?.aborted) return breakOff();
      signal?.addEventListener('abort', breakOff);
      this.#say(this.#said);
    });
  }

  /** @returns what the transfer came to; undefined while it goes on */
  #take(message: Buffer, { address, port }: RemoteInfo): Fetched | PhoneError | undefined {
    if (canonical(address) !== this.#server.address) return undefined;
    if (this.#peer !== undefined && port !== this.#peer) {
      this.#socket.send(refusal(unknownTransfer, 'unknown transfer'), port, address);
      return undefined;
    }
    if (message.length < 4) return undefined;
    const number = message.readUInt16BE(2);
    switch (message.readUInt16BE(0)) {
      case opcode.error:
        if (number === fileNotFound) return { found: false };
        return new PhoneError('files-answer-unusable', `${this.#name}: TFTP error ${number}`);
      case opcode.options:
        if (this.#blocks.length > 0) return undefined;
        this.#peer = port;
        this.#blockSize = grantedBlockSize(message.subarray(2));
        this.#say(Buffer.concat([numbers(opcode.acknowledge, 0)]));
        return undefined;
      case opcode.data:
        this.#peer = port;
        return this.#takeBlock(number, message.subarray(4));
      default:
        return undefined;
    }
  }

  #takeBlock(number: number, block: Buffer): Fetched | PhoneError | undefined {
    const expected = (this.#blocks.length + 1) & 0xffff;
    // One that came before is not acknowledged again: the repetition of what was said last does that.
    if (number !== expected) return undefined;
    this.#blocks.push(Buffer.from(block));
    this.#length += block.length;
    if (this.#length > longestFile) return new PhoneError('files-answer-unusable', `${this.#name} is too long`);
    this.#say(numbers(opcode.acknowledge, number));
    return block.length < this.#blockSize ? { found: true, bytes: Buffer.concat(this.#blocks) } : undefined;
  }

  #say(message: Uint8Array): void {
    this.#cancelRepeat();
    this.#said = message;
    this.said = new Promise((resolve) => {
      this.#socket.send(message, this.#peer ?? this.#server.port, this.#server.address, () => resolve());
    });
    this.#cancelRepeat = this.#terms.clock.after(repeatMs, () => this.#say(this.#said));
  }
}

/** IPv6 has many spellings: what was typed is seldom the one that a datagram comes from. */
function canonical(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

/** A server grants what was asked for, or less (RFC 2348). */
function grantedBlockSize(options: Buffer): number {
  const words = options.toString('latin1').split('\0');
  const at = words.findIndex((word, index) => index % 2 === 0 && word.toLowerCase() === 'blksize');
  const size = Number(words[at + 1]);
  return at >= 0 && size >= 8 && size <= blockSize ? size : defaultBlockSize;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [at, value] of values.entries()) bytes.writeUInt16BE(value, at * 2);
  return bytes;
}

function refusal(code: number, text: string): Buffer {
  return Buffer.concat([numbers(opcode.error, code), Buffer.from(`${text}\0`)]);
}
