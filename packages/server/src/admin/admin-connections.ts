import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsExcess } from '../sockets/tls-excess.js';

/** What clients of the admin API are allowed; times in milliseconds. */
export interface AdminLimits {
  readonly connections: number;
  readonly handshakeMs: number;
  /** To the end of a request's head. */
  readonly headersMs: number;
  /** To the end of a request. */
  readonly requestMs: number;
  /** Without a byte either way. */
  readonly silenceMs: number;
  /** How much TLS may take without anything said. */
  readonly tlsBytes: number;
  /** How often it is looked who is late. */
  readonly checkEveryMs: number;
}

/** @param descriptors - how many the process may have; most are for phones */
export function adminLimits(descriptors: number): AdminLimits {
  return {
    connections: Math.max(16, Math.min(1_000, Math.floor(descriptors / 8))),
    handshakeMs: 10_000,
    headersMs: 10_000,
    requestMs: 60_000,
    silenceMs: 120_000,
    tlsBytes: 65_536,
    checkEveryMs: 2_000,
  };
}

/**
 * Holds so many connections at most. Whoever is one too many takes the place of the one that has waited longest without a
 * request under way, so that strangers who only hold connections keep no administrator out. Who only keeps TLS busy is
 * closed.
 */
export function boundAdminConnections(
  server: HttpServer | HttpsServer,
  { connections: most }: Pick<AdminLimits, 'connections'>,
  excess: TlsExcess,
): void {
  /** Those without a request under way, the longest waiting first. By {@link peerKey}: TLS hands out a socket of its own. */
  const waiting = new Map<string, Socket>();
  const open = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const key = peerKey(socket);
    if (key === undefined) {
      socket.destroy();
      return;
    }
    if (open.size >= most) {
      const [longest] = waiting;
      if (longest === undefined) {
        socket.destroy();
        return;
      }
      // Their `close` comes later, and the place is needed now.
      leave(...longest);
      longest[1].destroy();
    }
    open.set(key, socket);
    waiting.set(key, socket);
    socket.once('close', () => leave(key, socket));
  });
  server.on('secureConnection', (tls: TLSSocket) => {
    const raw = open.get(peerKey(tls) ?? '');
    if (raw === undefined) return;
    const forget = excess.watch({ raw, said: () => tls.bytesRead, hasAuthenticated: () => tls.bytesRead > 0 });
    raw.once('close', forget);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const key = peerKey(request.socket) ?? '';
    const socket = open.get(key);
    if (socket === undefined) return;
    waiting.delete(key);
    response.once('close', () => {
      if (open.get(key) === socket) waiting.set(key, socket);
    });
  });
  const leave = (key: string, socket: Socket): void => {
    if (open.get(key) !== socket) return;
    open.delete(key);
    waiting.delete(key);
  };
}

function peerKey({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress}|${remotePort}`;
}
