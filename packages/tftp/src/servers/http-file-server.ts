import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type FileSource, nameForLog, type Peer, plainAddress, type ServerEvents } from '../building/served-file.js';
import { type AddressBound, PerAddress } from './address-bound.js';
import { giveFile, refuse } from './http-answer.js';
import { HttpConnection, peerOf } from './http-connection.js';

/** Time limits and bounds of the HTTP server. */
export interface HttpBounds {
  /** Connections held at once; those on top are closed. */
  readonly connections: number;
  /** Connections of one address. */
  readonly perAddress?: AddressBound;
  /** Milliseconds that a request's head, and silence within an answer, may last. */
  readonly patienceMs: number;
}

/** A head of a request by a phone is far shorter. */
const longestHead = 8_192;
/** A phone asks for its files one after the other on one connection. */
const keepAliveMs = 5_000;

/**
 * An HTTP server that gives files by their exact names, to GET and HEAD. Whatever else is asked for is not found, without a word why.
 * It is to be given something to listen on; or, with `connection` events, connections whose TLS handshake is done.
 */
export function createHttpFileServer(files: FileSource, events: ServerEvents, bounds: HttpBounds): Server {
  const places = new PerAddress(bounds.perAddress);
  const connections = new WeakMap<Duplex, HttpConnection>();
  const server = createServer({
    maxHeaderSize: longestHead,
    // Old firmware may name no host; one listener has one set of files.
    requireHostHeader: false,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: bounds.patienceMs,
    requestTimeout: bounds.patienceMs,
    connectionsCheckingInterval: 1_000,
  });
  const peerAt = (address = '') => ({ transport: 'http', address: plainAddress(address) }) as const;
  server.on('connection', (socket: Socket) => {
    const leave = places.take(plainAddress(socket.remoteAddress ?? ''));
    if (leave === undefined) {
      events.refused('connections-too-many', '', peerOf(socket));
      socket.destroy();
      return;
    }
    socket.once('close', leave);
    connections.set(socket, new HttpConnection(socket, events));
  });
  server.on('drop', (dropped) => events.refused('connections-too-many', '', peerAt(dropped?.remoteAddress)));
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    const refusedName = nameForLog(`${request.method} ${request.url}`);
    // A body is for nobody.
    request.resume();
    if (connection.take(async () => await answer(request, response, connection))) return;
    events.refused('requests-too-many', refusedName, connection.peer);
    request.socket.destroy();
  };
  server.on('request', take);
  // Whatever a client expects, it gets a file or none.
  server.on('checkExpectation', take);
  server.on('connect', ({ method, url }, socket) => {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    events.refused('method-not-allowed', nameForLog(`${method} ${url}`), connection.peer);
    hangUp(socket, connection, '405 Method Not Allowed');
  });
  server.on('clientError', (fault: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket) => {
    const refusal = malformed.find(({ fault: of }) => of.test(fault.code ?? ''));
    const connection = connections.get(socket);
    if (refusal !== undefined && connection !== undefined && !socket.destroyed) {
      const [line = ''] = (fault.rawPacket ?? Buffer.alloc(0)).subarray(0, 128).toString('latin1').split('\r\n', 1);
      events.refused(refusal.code, nameForLog(line), connection.peer);
      hangUp(socket, connection, refusal.status);
    } else socket.destroy();
  });
  // As when a connection cannot be taken: the next one may be.
  server.on('error', (fault) => {
    if (server.listening) events.failed(fault, '', peerAt());
  });
  server.maxConnections = bounds.connections;
  server.setTimeout(bounds.patienceMs, (socket) => socket.destroy());
  return server;

  /** Resolves when nothing more of the answer is to come. */
  async function answer(request: IncomingMessage, response: ServerResponse, connection: HttpConnection): Promise<void> {
    const { method = '', url = '' } = request;
    const { peer } = connection;
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    // A client that is gone is seen from `close`.
    response.on('error', () => undefined);
    const name = nameIn(url, peer);
    if (method !== 'GET' && method !== 'HEAD') {
      events.refused('method-not-allowed', nameForLog(`${method} ${url}`), peer);
      refuse(response, 405);
    } else if (name === undefined) {
      events.refused('name-malformed', nameForLog(url), peer);
      refuse(response, 404);
    } else {
      try {
        await give(name, method === 'HEAD', response, connection);
      } catch (err) {
        events.failed(err, nameForLog(name), peer);
        if (response.headersSent) response.destroy();
        else refuse(response, 503);
      }
    }
    await closed;
  }

  async function give(
    name: string,
    isHead: boolean,
    response: ServerResponse,
    connection: HttpConnection,
  ): Promise<void> {
    const found = await files.find(name, connection.peer);
    if (!found.found) {
      events.refused(found.code, nameForLog(name), connection.peer, found.detail);
      refuse(response, found.code === 'busy' ? 503 : 404);
      return;
    }
    if (!isHead) response.once('finish', () => connection.sent(found.file));
    await giveFile(response, found.file.bytes, isHead);
  }
}

/** What Node's parser does not take for a request, by the code of its fault; a connection that was cut off is none of it. */
const malformed = [
  { fault: /^HPE_HEADER_OVERFLOW$/, code: 'request-too-long', status: '431 Request Header Fields Too Large' },
  { fault: /^HPE_/, code: 'request-malformed', status: '400 Bad Request' },
  { fault: /^ERR_HTTP_REQUEST_TIMEOUT$/, code: 'request-too-slow', status: '408 Request Timeout' },
] as const;

/** Says why, and closes. Behind an answer under way the client would take that for the answer: then it is closed only. */
function hangUp(socket: Duplex, { isAnswering }: HttpConnection, status: string): void {
  if (isAnswering || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('error', () => undefined).once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n`);
}

/** The name in a request's target: a path and nothing else, or a whole URL (RFC 9112, section 3.2.2). */
function nameIn(target: string, { transport }: Peer): string | undefined {
  const [, scheme = '', within = ''] = /^(https?):\/\/[^/?#]+(\/.*)$/i.exec(target) ?? [];
  const path = scheme.toLowerCase() === transport ? within : target;
  if (!path.startsWith('/') || /[?#]/.test(path)) return undefined;
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return undefined;
  }
}
