import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemContentType, toProblem } from './problem.js';

/**
 * Answers to a fault with a problem document. For the server's `frameworkErrors` too, which are met before any route is.
 */
export function answerFault(fault: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(fault);
  if (problem.status >= 500) {
    request.log.error({ err: fault, method: request.method, url: request.url }, 'a call to the admin API failed');
  }
  reply
    .code(problem.status)
    .type(problemContentType)
    .send(Buffer.from(JSON.stringify(problem)));
}
