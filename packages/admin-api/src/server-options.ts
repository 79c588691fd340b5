import type { Socket } from 'node:net';
import { answerFault } from './fault-answer.js';
import { problemContentType, toProblem } from './problem.js';

/** What a Fastify server needs beside `mountAdminApi`, so that it answers with a problem document to what no route ever sees. */
export const adminServerOptions = {
  bodyLimit: 256 * 1024,
  routerOptions: { maxParamLength: 1_024 },
  frameworkErrors: answerFault,
  // Without these a server loads compilers of its own, for schemas of a kind that no route here has.
  schemaController: { compilersFactory: { buildValidator: setByMount, buildSerializer: setByMount } },
  clientErrorHandler: refuseUnreadable,
} as const;

function setByMount(): never {
  throw new TypeError('mountAdminApi sets what checks requests and writes answers');
}

/** Answers to bytes that are no HTTP request. Who had not even come to HTTP, was too slow or has left is only closed. */
function refuseUnreadable(fault: Error & { readonly code?: string }, socket: Socket): void {
  // An answer to a TLS handshake that failed would wait for that handshake, for ever.
  if (!fault.code?.startsWith('HPE_') || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = fault.code === 'HPE_HEADER_OVERFLOW';
  const problem = toProblem({ statusCode: tooLarge ? 413 : 400 });
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${tooLarge ? 'Content Too Large' : 'Bad Request'}\r\nContent-Type: ${problemContentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
