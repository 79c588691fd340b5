import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type AddressInfo, isIPv6 } from 'node:net';
import { type FileSource, nameForLog, type Peer, plainAddress, type ServerEvents } from '../building/served-file.js';
import { negotiate } from './tftp-options.js';
import {
  errorPacket,
  operationOf,
  readTftpRequest,
  type TftpRequest,
  tftpError,
  tftpOperation,
} from './tftp-packets.js';
import { TftpTransfer } from './tftp-transfer.js';

/** Where the TFTP server listens, and what it may be asked for. */
export interface TftpServerOptions {
  /** Address; `::` serves IPv4, too. */
  readonly host: string;
  readonly ipv6Only?: boolean;
  readonly port: number;
  /**
   * Transfers at once. A request on top of them takes the place of one whose client is silent; where there is none it is not
   * answered: clients repeat it.
   */
  readonly mostTransfers: number;
  /** Milliseconds until a packet is sent again for the first time. */
  readonly timeoutMs: number;
}

/** A TFTP server (RFC 1350, 2347, 2348, 2349) that gives files and takes none. */
export interface TftpServer {
  readonly address: AddressInfo;
  /** Takes no new requests, lets transfers finish for so many milliseconds, ends what is left. */
  stop(drainMs: number): Promise<void>;
}

/** Requests wait in the kernel while we are busy: 200 phones that start at once send more than its default holds. */
const receiveBuffer = 1024 * 1024;

/**
 * Opens the TFTP server.
 *
 * Files are bytes: `netascii` is served as `octet` is, since a signed file whose line ends are rewritten is no longer the one that was
 * signed, and clients exist that ask for nothing else.
 *
 * Rejects with what the system says when the port cannot be had.
 */
export async function openTftpServer(
  files: FileSource,
  events: ServerEvents,
  options: TftpServerOptions,
): Promise<TftpServer> {
  const { host, ipv6Only = false } = options;
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only, recvBufferSize: receiveBuffer });
  await bound(socket, options);
  const transfers = new Map<string, TftpTransfer>();
  let stopping = false;
  let whenIdle = (): void => undefined;
  // Whoever cannot be reached is not: nothing on this socket waits for an answer.
  socket.on('error', (err) => events.failed(err, '', { transport: 'tftp', address: '' }));
  socket.on('message', (packet, client) => {
    // From port 0 nobody can be answered.
    if (!stopping && client.port !== 0) receive(packet, client);
  });

  function receive(packet: Buffer, client: RemoteInfo): void {
    const peer: Peer = { transport: 'tftp', address: plainAddress(client.address) };
    const operation = operationOf(packet);
    const request = operation === tftpOperation.read ? readTftpRequest(packet) : undefined;
    if (request !== undefined && (request.mode === 'octet' || request.mode === 'netascii')) {
      begin(request, client, peer);
      return;
    }
    // An error is never answered (RFC 1350, section 4).
    if (operation === tftpOperation.error) return;
    const isWrite = operation === tftpOperation.write;
    events.refused(isWrite ? 'write-refused' : 'request-malformed', nameForLog(nameIn(packet)), peer);
    const answer = isWrite
      ? errorPacket(tftpError.accessViolation, 'Files are given here, and none taken')
      : errorPacket(tftpError.illegalOperation, 'Illegal TFTP operation');
    socket.send(answer, client.port, client.address, () => undefined);
  }

  function begin(request: TftpRequest, client: RemoteInfo, peer: Peer): void {
    const key = `${client.address} ${client.port}`;
    // A client that repeats its request has lost our answer, which is sent again in time.
    if (transfers.has(key)) return;
    if (transfers.size >= options.mostTransfers) silentOne(transfers.values())?.stop();
    if (transfers.size >= options.mostTransfers) {
      events.refused('transfers-too-many', nameForLog(request.name), peer);
      return;
    }
    let complete = (): void => undefined;
    const local = host === '::' || host === '0.0.0.0' ? undefined : host;
    const transfer = new TftpTransfer(client, local, (end) => {
      transfers.delete(key);
      if (end === 'complete') complete();
      if (end === 'given-up') events.refused('transfer-given-up', nameForLog(request.name), peer);
      if (transfers.size === 0) whenIdle();
    });
    transfers.set(key, transfer);
    files.find(request.name, peer).then(
      (found) => {
        if (!found.found) {
          events.refused(found.code, nameForLog(request.name), peer);
          transfer.refuse(tftpError.notFound, 'File not found');
          return;
        }
        complete = () => events.served(found.file, peer);
        transfer.send(found.file.bytes, negotiate(request, found.file.bytes.length, options.timeoutMs));
      },
      (err: unknown) => {
        events.failed(err, nameForLog(request.name), peer);
        transfer.refuse(tftpError.undefined, 'Try again later');
      },
    );
  }

  return {
    address: socket.address(),
    async stop(drainMs) {
      stopping = true;
      if (transfers.size > 0) {
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, drainMs);
          whenIdle = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
      for (const transfer of [...transfers.values()]) transfer.stop();
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

/** Milliseconds after which a client that has acknowledged something counts as silent. */
const silenceMs = 5_000;

/** The transfer that makes room first: the oldest whose client never answered, else the one that has been silent for longest. */
function silentOne(transfers: Iterable<TftpTransfer>): TftpTransfer | undefined {
  let unanswered: TftpTransfer | undefined;
  let silent: TftpTransfer | undefined;
  for (const transfer of transfers) {
    if (!transfer.isAnswered) unanswered ??= transfer;
    if (silent === undefined || transfer.silentSince < silent.silentSince) silent = transfer;
  }
  if (unanswered !== undefined) return unanswered;
  return silent !== undefined && performance.now() - silent.silentSince > silenceMs ? silent : undefined;
}

function bound(socket: Socket, { host, port }: TftpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      socket.close();
      reject(cause);
    };
    socket.once('error', failed);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', failed);
      resolve();
    });
  });
}

/** What stands where a request has its name. */
function nameIn(packet: Buffer): string {
  return (
    packet
      .subarray(2, 2 + 128)
      .toString('latin1')
      .split('\0', 1)[0] ?? ''
  );
}
