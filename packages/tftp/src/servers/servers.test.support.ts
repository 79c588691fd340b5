import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FileSource, LongFile, Peer, ServedFile, ServerEvents } from '../building/served-file.js';

/** Files by their names, and what the servers told of them. */
export function sampleFiles(files: Readonly<Record<string, Uint8Array | LongFile>>) {
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = (line: string): void => {
    told.push(line);
    wake();
  };
  const source: FileSource = {
    async find(name) {
      if (name === 'broken') throw new Error('away');
      if (name === 'busy') return { found: false, code: 'busy' };
      const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
      return bytes === undefined ? { found: false, code: 'file-missing' } : { found: true, file: { name, bytes } };
    },
  };
  const events: ServerEvents = {
    served: (file: ServedFile, peer: Peer) => tell(`served ${file.name} ${peer.transport}`),
    refused: (code, name, peer) => tell(`${code} ${name} ${peer.transport}`),
    failed: (err, name) => tell(`failed ${name} ${err instanceof Error ? err.message : String(err)}`),
  };
  /** Resolves when so many lines were told that begin so. */
  const heard = async (beginning: string, times = 1): Promise<void> => {
    for (;;) {
      if (told.filter((one) => one.startsWith(beginning)).length >= times) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  /** A file that is read while it is sent; from so many bytes on it cannot be. */
  const longFile = (name: string, bytes: Uint8Array, brokenAt = bytes.length): LongFile => ({
    length: bytes.length,
    open: async () => ({
      async read(start, end) {
        if (end > brokenAt) throw new Error('became shorter');
        return bytes.subarray(start, end);
      },
      close: () => tell(`closed ${name}`),
    }),
  });
  return { source, events, told, heard, longFile };
}

/** Has an HTTP server listen on loopback. @returns its port */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends an HTTP server with all that is under way. */
export function endServer(server: Server): void {
  server.closeAllConnections();
  server.close();
}

/** A client that sends what it is told, byte by byte. */
export async function rawClient(
  port: number,
): Promise<{ socket: Socket; next: () => Promise<Packet>; say: Say } & AsyncDisposable> {
  const socket = createSocket('udp4');
  const packets: Packet[] = [];
  let wake = (): void => undefined;
  socket.on('message', (packet, { port: from }) => {
    packets.push({ packet, from });
    wake();
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    socket,
    say: (packet, to = port) => socket.send(packet, to, '127.0.0.1'),
    async next() {
      while (packets.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return packets.shift() as Packet;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

export interface Packet {
  readonly packet: Buffer;
  readonly from: number;
}
export type Say = (packet: Buffer, to?: number) => void;

export const request = (...words: string[]): Buffer =>
  Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${words.join('\0')}\0`)]);
export const acknowledgement = (block: number): Buffer => Buffer.from([0, 4, block >> 8, block & 0xff]);
export const isData = (block: number) => (packet: Buffer) => packet.readUInt32BE(0) === (3 << 16) + block;
