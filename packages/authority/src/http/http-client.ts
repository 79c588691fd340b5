import { setMaxListeners } from 'node:events';
import { createRequire } from 'node:module';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { fromPem, readCertificate } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { exchange, type HttpAnswer, type HttpRequest } from './exchange.js';

const require = createRequire(import.meta.url);

/** A host that is asked over HTTP, and how it is known to be the right one. */
export interface HttpClientSettings {
  /** `https://host:port`; what else the URL says is passed over. */
  readonly url: string;
  /** Who vouches for the HTTPS certificate: PEM, one or several certificates. Needed for https. */
  readonly trustAnchors?: string | undefined;
  /** The certificate that this service shows, with those above it, and its key: PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
  /** Lets `http:` pass, for protocols that protect their messages themselves. */
  readonly plainHttp?: boolean | undefined;
  /** Milliseconds that one request may take, from the name's resolution to the last byte of the answer. */
  readonly timeoutMs: number;
}

/** One connection, on which requests go one after another (NTLM's login is that of a connection). */
export interface HttpConnection {
  /**
   * Rejects with AuthorityError: with the consequence `retry` when no byte of the request was written, or nothing was asked
   * for (GET); with `reconcile` when it may have been taken. An answer of any status is an answer.
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** The certificate that the server showed, DER; undefined before it did, and without TLS. */
  serverCertificate(): Uint8Array | undefined;
  close(): Promise<void>;
}

/** Asks one host. */
export interface HttpClient {
  /** `host:port`, for words. */
  readonly host: string;
  /**
   * One request on a connection of its own. A connection that is kept may be closed by its peer at the instant when the next
   * request is written, and nobody could say then whether that was taken.
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** A connection that stays the same: it is never made anew behind the caller's back. */
  connect(): HttpConnection;
  /** Ends all connections; requests under way reject with `authority-closed`. */
  close(): Promise<void>;
}

/**
 * Opens a client. Nothing is connected yet. The server's certificate is always verified, its name too.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function openHttpClient(settings: HttpClientSettings): HttpClient {
  const url = readUrl(settings);
  const host = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
  const { timeoutMs } = settings;
  // Its hundred modules would be a tenth of each start of a service, and most ask no authority elsewhere.
  const { buildConnector, Client }: typeof import('undici') = require('undici');
  const connector = buildConnector({
    ...(url.protocol === 'https:' ? { secureContext: secureContextOf(settings) } : {}),
    timeout: timeoutMs,
    // Each connection verifies the server anew and shows its certificate, which one with a resumed session does not.
    maxCachedSessions: 0,
  });
  const closing = new AbortController();
  // Each request listens.
  setMaxListeners(0, closing.signal);
  const connect = (keep: boolean): HttpConnection => {
    let connected = false;
    let serverCertificate: Uint8Array | undefined;
    let fault: Error | undefined;
    const client = new Client(url.origin, {
      connect: (options, callback) => {
        if (connected) return callback(new Error('The connection was ended by the other side.'), null);
        connected = true;
        return connector(options, (...[failure, socket]) => {
          if (failure !== null) return callback(failure, null);
          socket.once('error', (first) => {
            fault = first;
          });
          if (socket instanceof TLSSocket) serverCertificate = socket.getPeerX509Certificate()?.raw;
          return callback(null, socket);
        });
      },
      pipelining: 1,
      // One deadline rules everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return {
      request: async (request, signal) =>
        await exchange(client, request, {
          host,
          keep,
          timeoutMs,
          signals: [signal, closing.signal],
          firstFault: () => fault,
        }),
      serverCertificate: () => serverCertificate,
      close: async () => await client.destroy(),
    };
  };
  return {
    host,
    request: async (request, signal) => {
      const connection = connect(false);
      try {
        return await connection.request(request, signal);
      } finally {
        await connection.close();
      }
    },
    connect: () => connect(true),
    close: async () => closing.abort(),
  };
}

function readUrl({ url: text, plainHttp = false }: HttpClientSettings): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || (plainHttp && url.protocol === 'http:'))) {
    const schemes = plainHttp ? 'https:// or http://' : 'https://';
    throw new AuthorityError('authority-setting-invalid', `The URL must begin with ${schemes} and name a host.`);
  }
  return url;
}

function secureContextOf({ trustAnchors, clientCertificate }: HttpClientSettings): SecureContext {
  if (trustAnchors === undefined) {
    throw new AuthorityError('authority-setting-invalid', 'The trust anchor for HTTPS is missing.');
  }
  try {
    // Node passes over what is no certificate.
    for (const der of fromPem('CERTIFICATE', trustAnchors)) readCertificate(der);
    return createSecureContext({
      ca: trustAnchors,
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certificate, key: clientCertificate.key }),
    });
  } catch (cause) {
    throw new AuthorityError(
      'authority-setting-invalid',
      'The trust anchor for HTTPS, the client certificate or its key cannot be used: each must be PEM, and the key that of the certificate.',
      { cause },
    );
  }
}
