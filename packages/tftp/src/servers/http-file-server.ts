import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
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
  const server = createServer(
    {
      maxHeaderSize: longestHead,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: bounds.patienceMs,
      requestTimeout: bounds.patienceMs,
      connectionsCheckingInterval: 1_000,
    },
    httpFileHandler('http', files, events),
  );
  server.maxConnections = bounds.connections;
  server.setTimeout(bounds.patienceMs, (socket) => socket.destroy());
  return server;
}

/** Answers the requests of one HTTP or HTTPS server. */
export function httpFileHandler(
  transport: 'http' | 'https',
  files: FileSource,
  events: ServerEvents,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const peer: Peer = { transport, address: plainAddress(request.socket.remoteAddress ?? '') };
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

/** The name in a request's target: a path and nothing else. */
function nameIn(url: string): string | undefined {
  if (!url.startsWith('/') || /[?#]/.test(url)) return undefined;
  try {
    return decodeURIComponent(url.slice(1));
  } catch {
    return undefined;
  }
}
