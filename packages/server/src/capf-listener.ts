import { constants } from 'node:crypto';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureVersion, type Server, type TLSSocket } from 'node:tls';
import { networkOf, plainAddress } from '@opencapf/enrollment';
import { awaitClientHello } from './client-hello.js';
import type { Admission, ConnectionBounds } from './connection-bounds.js';
import type { HandshakeQueue } from './handshake-queue.js';
import { type IpMode, isServed } from './ip-mode.js';
import { type ListenPlace, listen } from './listen.js';
import type { Logger } from './log.js';

/** What phones meet on port 3804, or on the port for old ones. */
export interface CapfListenerOptions {
  readonly place: ListenPlace;
  /** The CAPF certificate's chain and its key, PEM. */
  readonly identity: { readonly cert: string; readonly key: string };
  readonly minVersion: SecureVersion;
  /** From the connection to the end of its handshake. */
  readonly handshakeTimeoutMs: number;
  readonly ipMode: IpMode;
  /** Shared by the listeners of a process, like the queue. */
  readonly bounds: Pick<ConnectionBounds, 'admit'>;
  readonly handshakes: HandshakeQueue;
  readonly log: Logger;
  /** Takes over a phone whose handshake is done. */
  readonly serve: (socket: TLSSocket, admission: Admission) => void;
}

/** An open listener. */
export interface CapfListener {
  readonly address: AddressInfo;
  /** Takes no new phones; those under way are left alone. */
  close(): void;
  /** Closes every connection that is left. */
  destroy(): Promise<void>;
}

/**
 * Opens a TLS listener for phones. Each connection's handshake has a deadline of its own and waits for no other; it begins
 * when the whole ClientHello is there, so that whoever sends none costs next to nothing.
 *
 * @throws ServerError `listen-failed`
 */
export async function openCapfListener(options: CapfListenerOptions): Promise<CapfListener> {
  const { log, ipMode, bounds, handshakes, handshakeTimeoutMs, serve } = options;
  const connections = new Set<Socket>();
  /** By {@link peerKey}: TLS hands out a socket of its own. */
  const greeting = new Map<string, { readonly admission: Admission; readonly deadline: NodeJS.Timeout }>();
  const tls = tlsServer(options);
  const server = createTcpServer();
  server.on('connection', (socket) => {
    // A peer may reset at any moment; the TLS layer reports it too, where it matters.
    socket.on('error', () => undefined);
    const key = peerKey(socket);
    const address = plainAddress(socket.remoteAddress ?? '');
    if (key === undefined || !isServed(ipMode, address)) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    const admission = bounds.admit(address, () => socket.destroy());
    const deadline = setTimeout(() => socket.destroy(), handshakeTimeoutMs);
    const entry = { admission, deadline };
    greeting.set(key, entry);
    let withdraw = (): void => undefined;
    awaitClientHello(socket, (greeted) => {
      if (!greeted) {
        log.debug({ remote: address, reason: 'it does not speak TLS' }, 'a TLS handshake failed');
        socket.destroy();
        return;
      }
      withdraw = handshakes.enter(networkOf(address), () => void tls.emit('connection', socket));
    });
    socket.on('close', () => {
      clearTimeout(deadline);
      withdraw();
      admission.leave();
      connections.delete(socket);
      if (greeting.get(key) === entry) greeting.delete(key);
    });
  });
  tls.on('secureConnection', (socket) => {
    const entry = greeting.get(peerKey(socket) ?? '');
    if (entry === undefined) {
      socket.on('error', () => undefined).destroy();
      return;
    }
    clearTimeout(entry.deadline);
    socket.setNoDelay(true);
    serve(socket, entry.admission);
  });
  const address = await listen(server, options.place);
  server.on('error', (err) => log.error({ err }, "the phones' listener"));
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()));
  return {
    address,
    close: () => void server.close(),
    async destroy() {
      if (server.listening) server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

/** Does the handshakes; the sockets are handed to it. */
function tlsServer({ identity, minVersion, handshakeTimeoutMs, log }: CapfListenerOptions): Server {
  const server = createTlsServer({
    ...identity,
    minVersion,
    handshakeTimeout: handshakeTimeoutMs,
    // OpenSSL 3 speaks TLS 1.0 and 1.1 at security level 0 only (capf-wire-protocol.md, section 9). Node's own list stands
    // otherwise: it holds RSA key exchange, which is all that phones of this port offer.
    ...(minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    // One record for one message at TLS 1.0 too: real phones stall on a split one (section 1).
    secureOptions:
      constants.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS |
      constants.SSL_OP_NO_RENEGOTIATION |
      constants.SSL_OP_NO_COMPRESSION |
      constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
      // A phone comes once and not again for months: tickets to resume with would only cost.
      constants.SSL_OP_NO_TICKET,
  });
  server.on('tlsClientError', (fault, socket) => {
    log.debug({ remote: socket.remoteAddress, reason: fault.message }, 'a TLS handshake failed');
    socket.destroy();
  });
  return server;
}

/** Tells the connections of one listener apart; undefined when the peer is gone. */
function peerKey({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress}|${remotePort}`;
}
