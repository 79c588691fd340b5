import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type AddressInfo, isIPv6 } from 'node:net';
import { type FileSource, nameForLog, type Peer, plainAddress, type ServerEvents } from '../building/served-file.js';
import type { AddressBound } from './address-bound.js';
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
import { TransferPlaces } from './transfer-places.js';

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
  /** Transfers at once of one address, likewise. */
  readonly perAddress?: AddressBound;
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
  const transfers = new Map<string, { readonly transfer: TftpTransfer; readonly request: Buffer }>();
  const places = new TransferPlaces(options.mostTransfers, options.perAddress);
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
    // An error is never answered (RFC 1350, section 4).
    if (operation === tftpOperation.error) return;
    const refuse = (code: string, error: number, message: string): void => {
      events.refused(code, nameForLog(nameIn(packet)), peer);
      socket.send(errorPacket(error, message), client.port, client.address, () => undefined);
    };
    if (operation === tftpOperation.write) {
      refuse('write-refused', tftpError.accessViolation, 'Files are given here, and none taken');
      return;
    }
    const request = operation === tftpOperation.read ? readTftpRequest(packet) : tftpError.illegalOperation;
    if (request === tftpError.badOptions) refuse('request-malformed', request, 'An option stands twice');
    else if (typeof request === 'number' || !isModeServed(request.mode)) {
      refuse('request-malformed', tftpError.illegalOperation, 'Illegal TFTP operation');
    } else begin(request, packet, client, peer);
  }

  function begin(request: TftpRequest, packet: Buffer, client: RemoteInfo, peer: Peer): void {
    const key = `${client.address} ${client.port}`;
    const known = transfers.get(key);
    // A client that repeats its request has lost our answer, which is sent again in time.
    if (known?.request.equals(packet) === true && !known.transfer.isForgotten) return;
    known?.transfer.stop('replaced');
    if (!places.hasRoom(peer.address)) {
      events.refused('transfers-too-many', nameForLog(request.name), peer);
      return;
    }
    let complete = (): void => undefined;
    const local = host === '::' || host === '0.0.0.0' ? undefined : host;
    const transfer: TftpTransfer = new TftpTransfer(client, local, {
      moved: () => place.moved(),
      ended(end, fault) {
        transfers.delete(key);
        place.ended();
        if (end === 'complete') complete();
        else if (end === 'failed') events.failed(fault, nameForLog(request.name), peer);
        else if (end !== 'refused') events.refused(`transfer-${end}`, nameForLog(request.name), peer);
        if (transfers.size === 0) whenIdle();
      },
    });
    transfers.set(key, { transfer, request: packet });
    const place = places.add(peer.address, transfer);
    files.find(request.name, peer).then(
      (found) => {
        if (found.found) {
          complete = () => events.served(found.file, peer);
          transfer.send(found.file.bytes, negotiate(request, found.file.bytes.length, options.timeoutMs));
          return;
        }
        events.refused(found.code, nameForLog(request.name), peer, found.detail);
        if (found.code === 'busy') transfer.refuse(tftpError.undefined, 'Try again later');
        else transfer.refuse(tftpError.notFound, 'File not found');
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
      for (const { transfer } of [...transfers.values()]) transfer.stop('stopped');
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

/**
 * `netascii` is served as `octet` is, since a signed file whose line ends are rewritten is no longer the one that was signed, and clients
 * exist that ask for nothing else.
 */
function isModeServed(mode: string): boolean {
  return mode === 'octet' || mode === 'netascii';
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
