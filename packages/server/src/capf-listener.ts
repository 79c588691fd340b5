import { constants } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { type ListenPlace, listen } from './listen.js';
import type { Logger } from './log.js';

/** What phones meet on port 3804, or on the port for old ones. */
export interface CapfListenerOptions {
  readonly place: ListenPlace;
  /** The CAPF certificate's chain and its key, PEM. */
  readonly identity: { readonly cert: string; readonly key: string };
  readonly minVersion: SecureVersion;
  readonly handshakeTimeoutMs: number;
  readonly log: Logger;
  /** Takes over a phone whose handshake is done. */
  readonly serve: (socket: TLSSocket) => void;
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
 * Opens a TLS listener for phones. Each connection's handshake has a deadline of its own and waits for no other.
 *
 * @throws ServerError `listen-failed`
 */
export async function openCapfListener(options: CapfListenerOptions): Promise<CapfListener> {
  const { identity, minVersion, handshakeTimeoutMs, log, serve } = options;
  const connections = new Set<Socket>();
  const server = createServer({
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
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // A peer may reset at any moment; the TLS layer reports it too, where it matters.
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', (fault, socket) => {
    log.debug({ remote: socket.remoteAddress, reason: fault.message }, 'a TLS handshake failed');
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    socket.setNoDelay(true);
    serve(socket);
  });
  const address = await listen(server, options.place);
  // Out of file descriptors, for one: the listener goes on with the next connection.
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
