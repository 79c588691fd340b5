import { constants } from 'node:crypto';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type SecureVersion,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { networkOf, plainAddress } from '@opencapf/enrollment';
import type { Logger } from '../log.js';
import { type IpMode, isServed } from '../sockets/ip-mode.js';
import { type ListenPlace, listen } from '../sockets/listen.js';
import type { TlsExcess } from '../sockets/tls-excess.js';
import { awaitClientHello } from './client-hello.js';
import type { Admission, ConnectionBounds } from './connection-bounds.js';
import type { HandshakeQueue } from './handshake-queue.js';
import { awaitProxyHeader, type PhoneEndpoint } from './proxy-header.js';

/** What phones meet on port 3804, on the port for old ones, and where files are served over HTTPS. */
export interface PhoneListenerOptions {
  readonly place: ListenPlace;
  /** The server's certificate with its chain, and its key, PEM. */
  readonly identity: { readonly cert: string; readonly key: string };
  readonly minVersion: SecureVersion;
  /**
   * Asks phones for a certificate. Whoever has none is served all the same, and one that is shown is vouched for by nobody: TLS proves
   * that the phone holds its key, and whose it is, whoever serves finds out.
   */
  readonly asksForCertificate?: boolean;
  /** From the connection to the end of its handshake. */
  readonly handshakeTimeoutMs: number;
  readonly ipMode: IpMode;
  /** Whose connections begin with a header of PROXY protocol v2. */
  readonly isProxy: (address: string) => boolean;
  /** Shared by the listeners of a process, like the queue. */
  readonly bounds: Pick<ConnectionBounds, 'admit'>;
  readonly handshakes: HandshakeQueue;
  readonly excess: TlsExcess;
  readonly log: Logger;
  /** Takes over a phone whose handshake is done. */
  readonly serve: (socket: TLSSocket, arrival: Arrival) => void;
}

/** A phone that is through its handshake. */
export interface Arrival {
  /** Of the phone also where a balancer stands between. */
  readonly from: PhoneEndpoint;
  readonly admission: Admission;
}

/** A phone on its way. */
interface Coming {
  from: PhoneEndpoint;
  admission: Admission;
  readonly deadline: NodeJS.Timeout;
  tls: TLSSocket | undefined;
  /** Takes it out of the queue of handshakes, or of those that are watched. */
  withdraw: () => void;
}

/** An open listener. */
export interface PhoneListener {
  readonly address: AddressInfo;
  /** Takes no new phones; those under way are left alone. */
  close(): void;
  /** Resolves when it is closed and its last connection is gone. */
  readonly closed: Promise<void>;
  /** Shows another certificate from the next handshake on; phones that are through theirs are left alone. */
  useIdentity(identity: PhoneListenerOptions['identity']): void;
  /** Closes every connection that is left. */
  destroy(): Promise<void>;
}

/**
 * Opens a TLS listener for phones. Each connection's handshake has a deadline of its own and waits for no other; it begins
 * when the whole ClientHello is there, so that whoever sends none costs next to nothing. A connection of a trusted proxy counts as the
 * phone's that it is for; one without a usable header is closed.
 *
 * @throws ServerError `listen-failed`
 */
export async function openPhoneListener(options: PhoneListenerOptions): Promise<PhoneListener> {
  const { log, ipMode, isProxy, bounds, handshakes, excess, handshakeTimeoutMs, serve } = options;
  /** By {@link peerKey}: TLS hands out a socket of its own. */
  const coming = new Map<string, Coming>();
  const open = new Set<Socket>();
  const phoneOf = (socket: Socket): PhoneEndpoint | undefined => coming.get(peerKey(socket) ?? '')?.from;
  const [tls, tlsWithoutUpdates] = [tlsServer(options, phoneOf), tlsServer(options, phoneOf, 'TLSv1.2')];
  const tellOfProxy = atMostOnceAMinute((address: string, reason: string) =>
    log.warn({ address, reason }, 'a connection of a trusted proxy was closed'),
  );

  const greet = (socket: Socket, phone: Coming): void =>
    awaitClientHello(socket, (greeted) => {
      const { address } = phone.from;
      if (!greeted) {
        log.debug({ remote: address, reason: 'it does not speak TLS' }, 'a TLS handshake failed');
        socket.destroy();
        return;
      }
      phone.withdraw = handshakes.enter(networkOf(address), () => {
        phone.admission.begun();
        phone.withdraw = excess.watch({
          raw: socket,
          said: () => phone.tls?.bytesRead ?? 0,
          hasAuthenticated: () => phone.admission.isSession,
        });
        (excess.isSuspected ? tlsWithoutUpdates : tls).emit('connection', socket);
      });
    });

  const introduce = (socket: Socket, proxied: Coming): void =>
    awaitProxyHeader(socket, (word) => {
      if (word.kind === 'unusable') tellOfProxy(proxied.from.address, word.reason);
      if (word.kind === 'phone') {
        proxied.from = { ...word.phone, address: plainAddress(word.phone.address) };
        proxied.admission.leave();
        proxied.admission = bounds.admit(proxied.from.address, () => socket.destroy());
      }
      const served = word.kind === 'itself' || (word.kind === 'phone' && isServed(ipMode, proxied.from.address));
      if (served) greet(socket, proxied);
      else socket.destroy();
    });

  const server = createTcpServer((socket) => {
    // A peer may reset at any moment; the TLS layer reports it too, where it matters.
    socket.on('error', () => undefined);
    handshakes.arrived();
    const key = peerKey(socket);
    const from = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    const proxied = isProxy(from.address);
    if (key === undefined || !(proxied || isServed(ipMode, from.address))) {
      socket.destroy();
      return;
    }
    const drop = (): void => void socket.destroy();
    const phone: Coming = {
      from,
      admission: bounds.admit(from.address, drop),
      deadline: setTimeout(drop, handshakeTimeoutMs),
      tls: undefined,
      withdraw: () => undefined,
    };
    open.add(socket);
    coming.set(key, phone);
    socket.on('close', () => {
      clearTimeout(phone.deadline);
      phone.withdraw();
      phone.admission.leave();
      open.delete(socket);
      if (coming.get(key) === phone) coming.delete(key);
    });
    if (proxied) introduce(socket, phone);
    else greet(socket, phone);
  });
  const secured = (socket: TLSSocket): void => {
    const phone = coming.get(peerKey(socket) ?? '');
    if (phone === undefined) {
      socket.on('error', () => undefined).destroy();
      return;
    }
    clearTimeout(phone.deadline);
    phone.tls = socket;
    socket.setNoDelay(true);
    serve(socket, phone);
  };
  tls.on('secureConnection', secured);
  tlsWithoutUpdates.on('secureConnection', secured);
  const address = await listen(server, options.place);
  server.on('error', (err) => log.error({ err }, "the phones' listener"));
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()));
  return {
    address,
    close: () => void server.close(),
    closed,
    useIdentity(identity) {
      tls.setSecureContext(tlsOptions({ ...options, identity }));
      tlsWithoutUpdates.setSecureContext(tlsOptions({ ...options, identity }, 'TLSv1.2'));
    },
    async destroy() {
      if (server.listening) server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Does the handshakes; the sockets are handed to it. */
function tlsServer(
  options: PhoneListenerOptions,
  phoneOf: (socket: Socket) => PhoneEndpoint | undefined,
  maxVersion?: SecureVersion,
): Server {
  const { handshakeTimeoutMs, log } = options;
  const server = createTlsServer({
    ...tlsOptions(options, maxVersion),
    handshakeTimeout: handshakeTimeoutMs,
    // A phone without an LSC shows none and must be served all the same, and no CA is asked of those that do: TLS proves that the key is
    // theirs, and nothing more is given for a certificate but where it is the one on record of the device, octet for octet.
    ...(options.asksForCertificate ? { requestCert: true, rejectUnauthorized: false } : {}),
  });
  server.on('tlsClientError', (fault, socket) => {
    log.debug({ remote: phoneOf(socket)?.address, reason: fault.message }, 'a TLS handshake failed');
    socket.destroy();
  });
  return server;
}

function tlsOptions(
  { identity, minVersion }: Pick<PhoneListenerOptions, 'identity' | 'minVersion'>,
  maxVersion: SecureVersion = 'TLSv1.3',
): SecureContextOptions {
  return {
    ...identity,
    minVersion,
    maxVersion,
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
  };
}

/** Tells the connections of one listener apart; undefined when the peer is gone. */
function peerKey({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress}|${remotePort}`;
}

function atMostOnceAMinute<Words extends readonly unknown[]>(
  tell: (...words: Words) => void,
): (...words: Words) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (...words) => {
    const now = performance.now();
    if (now - toldAt < 60_000) return;
    toldAt = now;
    tell(...words);
  };
}
