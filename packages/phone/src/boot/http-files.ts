import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { longestFile } from '@opencapf/tftp/readers';
import type { Clock } from '../clock.js';
import { PhoneError } from '../errors.js';
import type { Fetched, FilePlace } from './file-place.js';

/** On what terms a phone fetches. */
export interface FetchTerms {
  readonly clock: Clock;
  /** How long it waits for a whole file, in milliseconds. */
  readonly timeoutMs: number;
  /** Breaks it off, as a server that is lost does. */
  readonly signal?: AbortSignal | undefined;
}

/** Fetches a file over HTTP. Rejects with PhoneError `files-unreachable`, `files-answer-unusable`. */
export async function fetchOverHttp(place: FilePlace, name: string, terms: FetchTerms): Promise<Fetched> {
  return await fetchBy(request, place, name, terms);
}

/** Fetches a file by a request of HTTP, whatever carries it. */
export async function fetchBy(
  ask: (options: RequestOptions) => ClientRequest,
  { host, port }: Pick<FilePlace, 'host' | 'port'>,
  name: string,
  { clock, timeoutMs, signal }: FetchTerms,
): Promise<Fetched> {
  return await new Promise((resolve, reject) => {
    const path = `/${encodeURIComponent(name)}`;
    const asking = ask({ host, port, path, method: 'GET', agent: false, ...(signal === undefined ? {} : { signal }) });
    const cancel = clock.after(timeoutMs, () => end(() => reject(unreachable(name, 'no whole answer in time'))));
    const end = (settle: () => void): void => {
      cancel();
      settle();
      asking.destroy();
    };
    asking.on('error', (cause) => end(() => reject(faultOf(name, cause, asking.socket))));
    asking.on('response', (answer) => {
      if (answer.statusCode === 404) return end(() => resolve({ found: false }));
      if (answer.statusCode !== 200) {
        const detail = `${name}: HTTP status ${answer.statusCode}`;
        return end(() => reject(new PhoneError('files-answer-unusable', detail)));
      }
      collect(answer, name).then(
        (bytes) => end(() => resolve({ found: true, bytes })),
        (fault) => end(() => reject(fault)),
      );
    });
    asking.end();
  });
}

async function collect(answer: IncomingMessage, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longestFile) break;
    }
  } catch (cause) {
    throw unreachable(name, textOf(cause), cause);
  }
  if (length > longestFile) throw new PhoneError('files-answer-unusable', `${name} is too long`);
  return Buffer.concat(chunks);
}

/** What broke a request off. */
function faultOf(name: string, cause: Error, socket: Socket | null): PhoneError {
  if (cause instanceof PhoneError) return cause;
  return socket instanceof TLSSocket && socket.authorizationError
    ? new PhoneError('files-server-not-trusted', textOf(cause), { cause })
    : unreachable(name, textOf(cause), cause);
}

/** A server that could not be reached, or was lost. */
export function unreachable(name: string, why: string, cause?: unknown): PhoneError {
  return new PhoneError('files-unreachable', `${name}: ${why}`, { cause });
}

/** What a fault of a socket says. */
export function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause ? String(cause.code) : cause.message;
}
