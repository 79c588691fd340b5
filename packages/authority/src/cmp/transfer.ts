import { AuthorityError } from '../errors.js';
import { type HttpClient, plainWords, statusFailure } from '../http/index.js';
import { longestMessage } from './message.js';

/** Takes a message to the authority and brings its answer. Rejects as `HttpClient.request` does. */
export type Transfer = (message: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

const mediaType = 'application/pkixcmp';

/**
 * Transfer over HTTP (RFC 6712). A CMP message counts whatever the HTTP status is: it is protected, and the status is not.
 * Each message takes a connection of its own, since nobody could say whether a message was taken that a kept connection
 * closed under.
 *
 * @param path - From the slash on.
 */
export function httpTransfer(http: HttpClient, path: string, now: () => Date): Transfer {
  return async (message, signal) => {
    const answer = await http.request(
      {
        method: 'POST',
        path,
        headers: { 'content-type': mediaType, accept: mediaType },
        body: message,
        largestAnswer: longestMessage,
      },
      signal,
    );
    const [type = ''] = (answer.headers['content-type'] ?? '').toLowerCase().split(';');
    if (type.trim() === mediaType) return answer.body;
    const failure = statusFailure(answer, http.host, now());
    if (failure !== undefined) throw failure;
    const found = type.trim() === '' ? 'something of no stated type' : plainWords(type);
    throw new AuthorityError(
      'authority-answer-unreadable',
      `${http.host} answered with HTTP status ${answer.status} and ${found} where a CMP message (${mediaType}) was due. Check the URL and kind of the authority.`,
    );
  };
}
