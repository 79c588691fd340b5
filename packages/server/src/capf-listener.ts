import { constants } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { type ListenPlace, listen } from './listen.js';
import type { Logger } from './log.js';

/** What phones meet on port 3804. */
export interface CapfListenerOptions {
  readonly place: ListenPlace;
  /** The CAPF certificate's chain and its key, PEM. */
  readonly identity: { readonly cert: string; readonly key: string };
  readonly minVersion: SecureVersion;
  readonly handshakeTimeoutMs: number;
  readonly log: Logger;
  /** Serves one phone to the end; it may reject only by a fault of ours. */
  readonly serve: (socket: TLSSocket, remote: string) => Promise<void>;
}

/** An open listener. */
export interface CapfListener {
  readonly address: AddressInfo;
  /** Takes no new phones, lets those under way finish for so long, then closes what is left without END_SESSION. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Opens the phones' TLS listener.
 *
 * @throws ServerError `listen-failed`
 */
export async function openCapfListener(options: CapfListenerOptions): Promise<CapfListener> {
  const { identity, minVersion, handshakeTimeoutMs, log, serve } = options;
  const connections = new Set<Socket>();
  const sessions = new Set<Promise<void>>();
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
      constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  });
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // A peer may reset at any moment; the TLS layer reports it too, where it matters.
    socket.on('error', () => {});
  });
  server.on('tlsClientError', (fault, socket) => {
    log.debug({ remote: socket.remoteAddress, reason: fault.message }, 'a TLS handshake failed');
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    socket.setNoDelay(true);
    const remote = socket.remoteAddress ?? 'unknown';
    const session = serve(socket, remote)
      .catch((err: unknown) => {
        log.error({ err, remote }, 'a session broke by a fault of ours');
        socket.destroy();
      })
      .finally(() => sessions.delete(session));
    sessions.add(session);
  });
  const address = await listen(server, options.place);
  // Out of file descriptors, for one: the listener goes on with the next connection.
  server.on('error', (err) => log.error({ err }, "the phones' listener"));
  return {
    address,
    async stop(drainMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await withinTime(Promise.all(sessions), drainMs);
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

async function withinTime(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
