import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** What to fetch, and how. */
export interface TftpDownload {
  readonly host?: string;
  readonly port: number;
  readonly name: string;
  readonly mode?: string;
  readonly options?: Readonly<Record<string, string | number>>;
  /** Milliseconds until a packet is sent again. */
  readonly timeoutMs?: number;
  /** Says of each packet, in either direction, whether it is lost on the way. */
  readonly isLost?: () => boolean;
  /** Leaves the last acknowledgement out. */
  readonly withoutLast?: boolean;
}

/** What the server gave. */
export type TftpAnswer =
  | { readonly bytes: Buffer; readonly granted: Readonly<Record<string, string>> }
  | { readonly error: number; readonly message: string };

const mostTries = 20;

/** A TFTP client for tests, which shares nothing with the server. It follows one transfer to its end. */
export async function tftpDownload(download: TftpDownload): Promise<TftpAnswer> {
  const { host = '127.0.0.1', port, name, mode = 'octet', options = {}, timeoutMs = 1_000 } = download;
  const isLost = download.isLost ?? (() => false);
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const words = [name, mode, ...Object.entries(options).flat().map(String)];
  const request = Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${words.join('\0')}\0`, 'latin1')]);
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  try {
    return await new Promise<TftpAnswer>((resolve, reject) => {
      let peer: number | undefined;
      let expected = 1;
      let blockBytes = 512;
      let granted: Record<string, string> = {};
      const blocks: Buffer[] = [];
      let last: Buffer = request;
      let tries = 0;
      const say = (packet: Buffer): void => {
        // What comes again while the socket is closing is not answered.
        if (isOver) return;
        last = packet;
        if (!isLost()) socket.send(packet, peer ?? port, host);
        clearTimeout(timer);
        timer = setTimeout(() => {
          tries += 1;
          if (tries > mostTries) reject(new Error(`${name}: the server is silent at block ${expected}`));
          else say(last);
        }, timeoutMs);
      };
      const acknowledge = (block: number): void => say(Buffer.from([0, 4, (block >> 8) & 0xff, block & 0xff]));
      socket.on('error', reject);
      socket.on('message', (packet, from) => {
        if (isLost() || (peer !== undefined && from.port !== peer)) return;
        peer = from.port;
        const kind = packet.readUInt16BE(0);
        if (kind === 5) {
          resolve({ error: packet.readUInt16BE(2), message: packet.subarray(4, -1).toString() });
        } else if (kind === 6) {
          const said = packet.subarray(2, -1).toString().split('\0');
          granted = Object.fromEntries(said.flatMap((word, at) => (at % 2 === 0 ? [[word, said[at + 1] ?? '']] : [])));
          blockBytes = Number(granted['blksize'] ?? 512);
          acknowledge(0);
        } else if (kind === 3 && packet.readUInt16BE(2) === (expected & 0xffff)) {
          tries = 0;
          const block = packet.subarray(4);
          blocks.push(block);
          const isLast = block.length < blockBytes;
          if (!isLast || download.withoutLast !== true) acknowledge(expected);
          expected += 1;
          if (isLast) resolve({ bytes: Buffer.concat(blocks), granted });
        } else if (kind === 3 && packet.readUInt16BE(2) === ((expected - 1) & 0xffff)) {
          acknowledge(expected - 1);
        }
      });
      say(request);
    });
  } finally {
    isOver = true;
    clearTimeout(timer);
    // What was just said leaves before the socket does.
    await new Promise<void>((resolve) => setImmediate(() => socket.close(() => resolve())));
  }
}
