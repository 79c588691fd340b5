import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type FileSource, nameForLog, type Peer, plainAddress, type ServerEvents } from '../building/served-file.js';

/** Time limits and bounds of the HTTP server. */
export interface HttpBounds {
  /** Connections held at once; those on top are closed. */
  readonly connections: number;
  /** Milliseconds that a request's head, and silence within an answer, may last. */
  readonly patienceMs: number;
}

/** A head of a request by a phone is far shorter. */
const longestHead = 8_192;
/** A phone asks for its files one after the other on one connection. */
const keepAliveMs = 5_000;

/** Answers as captured from real servers (tftp-file-formats.md, section 8). */
const headers = { 'cache-control': 'no-store', 'content-type': '*/*' } as const;

/**
 * An HTTP server that gives files by their exact names, to GET and HEAD. Whatever else is asked for is not found, without a word why.
 * It is to be given something to listen on.
 */
export function createHttpFileServer(files: FileSource, events: ServerEvents, bounds: HttpBounds): Server {
  const handler = fileHandler(files, events);
  const server = createServer(
    {
      maxHeaderSize: longestHead,
      // Old firmware may name no host; one listener has one set of files.
      requireHostHeader: false,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: bounds.patienceMs,
      requestTimeout: bounds.patienceMs,
      connectionsCheckingInterval: 1_000,
    },
    handler,
  );
  // Whatever a client expects, it gets a file or none.
  server.on('checkExpectation', handler);
  server.on('connect', ({ method, url }, socket) => {
    events.refused('method-not-allowed', nameForLog(`${method} ${url}`), peerOf(socket));
    hangUp(socket, '405 Method Not Allowed');
  });
  server.on('clientError', (fault: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket) => {
    const refusal = malformed.find(({ fault: of }) => of.test(fault.code ?? ''));
    if (refusal !== undefined) {
      const [line = ''] = (fault.rawPacket ?? Buffer.alloc(0)).subarray(0, 128).toString('latin1').split('\r\n', 1);
      events.refused(refusal.code, nameForLog(line), peerOf(socket));
      hangUp(socket, refusal.status);
    } else socket.destroy();
  });
  server.maxConnections = bounds.connections;
  server.setTimeout(bounds.patienceMs, (socket) => socket.destroy());
  return server;
}

function fileHandler(
  files: FileSource,
  events: ServerEvents,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const peer = peerOf(request.socket);
    const { method = '', url = '' } = request;
    // A body is for nobody.
    request.resume();
    if (method !== 'GET' && method !== 'HEAD') {
      events.refused('method-not-allowed', nameForLog(`${method} ${url}`), peer);
      response.writeHead(405, { allow: 'GET, HEAD', 'cache-control': 'no-store' }).end();
      return;
    }
    const name = nameIn(url);
    if (name === undefined) {
      events.refused('name-malformed', nameForLog(url), peer);
      notFound(response);
      return;
    }
    answer(name).catch((err: unknown) => {
      events.failed(err, nameForLog(name), peer);
      if (response.headersSent) response.destroy();
      else response.writeHead(503, { 'cache-control': 'no-store', 'retry-after': '5' }).end();
    });

    async function answer(name: string): Promise<void> {
      const found = await files.find(name, peer);
      if (!found.found) {
        events.refused(found.code, nameForLog(name), peer);
        notFound(response);
        return;
      }
      const { file } = found;
      response.writeHead(200, { ...headers, 'content-length': file.bytes.length });
      if (method === 'HEAD') {
        response.end();
        return;
      }
      response.once('finish', () => events.served(file, peer));
      response.end(file.bytes);
    }
  };
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'cache-control': 'no-store', 'content-length': 0 }).end();
}

/** What Node's parser does not take for a request, by the code of its fault; a connection that was cut off is none of it. */
const malformed = [
  { fault: /^HPE_HEADER_OVERFLOW$/, code: 'request-too-long', status: '431 Request Header Fields Too Large' },
  { fault: /^HPE_/, code: 'request-malformed', status: '400 Bad Request' },
  { fault: /^ERR_HTTP_REQUEST_TIMEOUT$/, code: 'request-too-slow', status: '408 Request Timeout' },
] as const;

function hangUp(socket: Duplex, status: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('error', () => undefined).once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n`);
}

function peerOf(socket: Duplex): Peer {
  const address = socket instanceof Socket ? (socket.remoteAddress ?? '') : '';
  return { transport: 'http', address: plainAddress(address) };
}

/** The name in a request's target: a path and nothing else, or a whole URL (RFC 9112, section 3.2.2). */
function nameIn(target: string): string | undefined {
  const path = /^http:\/\/[^/?#]+(\/.*)$/i.exec(target)?.[1] ?? target;
  if (!path.startsWith('/') || /[?#]/.test(path)) return undefined;
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return undefined;
  }
}
