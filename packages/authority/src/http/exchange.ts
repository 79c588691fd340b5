import type { Client, Dispatcher } from 'undici';
import { AuthorityError, type Consequence } from '../errors.js';
import { connectionFailure } from './connection-failure.js';

/** A request. */
export interface HttpRequest {
  /** GET asks for nothing that an authority does once only: after a failure it may always be sent again. */
  readonly method: 'GET' | 'POST';
  /** From the slash on, with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
  /** Bytes beyond which an answer is given up; 1 MiB by default. */
  readonly largestAnswer?: number | undefined;
}

/** An answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; what came more than once is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How an exchange is bounded. */
export interface ExchangeBounds {
  /** `host:port`, for words. */
  readonly host: string;
  /** Whether the connection is for more requests. */
  readonly keep: boolean;
  readonly timeoutMs: number;
  /** Each of them ends it. One made of them would cost two kilobytes for as long as the answer is waited for. */
  readonly signals: readonly AbortSignal[];
  /** What went wrong first with the connection: Undici keeps the last, which says less. */
  readonly firstFault: () => Error | undefined;
}

/** Certificates and their lists are far shorter; pages around them too. */
const largestAnswer = 1024 * 1024;

/** Sends one request on a connection and collects its answer. Rejects as `HttpConnection.request` says. */
export function exchange(
  client: Client,
  request: HttpRequest,
  { host, keep, timeoutMs, signals, firstFault }: ExchangeBounds,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const bound = request.largestAnswer ?? largestAnswer;
    const body: Uint8Array[] = [];
    let answer: Omit<HttpAnswer, 'body'> | undefined;
    let length = 0;
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(deadline);
      for (const signal of signals) signal.removeEventListener('abort', giveUp);
      return true;
    };
    const fail = (error: AuthorityError): void => {
      if (!settle()) return;
      reject(error);
      controller?.abort(error);
    };
    /** Undici says when it begins to write: before, the authority certainly took nothing. */
    const consequence = (): Consequence =>
      controller === undefined || request.method === 'GET' ? 'retry' : 'reconcile';
    const giveUp = (): void => fail(new AuthorityError('authority-closed', undefined, { consequence: consequence() }));
    const late = (): void => {
      const seconds = Math.round(timeoutMs / 1000);
      fail(
        controller === undefined
          ? new AuthorityError(
              'authority-unreachable',
              `${host} accepted no connection within ${seconds} s. Check host and port, and the firewall between.`,
            )
          : new AuthorityError('authority-timeout', `${host} did not answer within ${seconds} s.`, {
              consequence: consequence(),
            }),
      );
    };
    const takeChunk = (chunk: Uint8Array): void => {
      length += chunk.length;
      if (length > bound) fail(tooLarge(host, bound, consequence()));
      else body.push(chunk);
    };
    const deadline = setTimeout(late, timeoutMs);
    for (const signal of signals) signal.addEventListener('abort', giveUp);
    if (signals.some(({ aborted }) => aborted)) return giveUp();
    const { method, path, headers = {} } = request;
    client.dispatch(
      { method, path, headers, body: request.body ?? null, reset: !keep },
      {
        onRequestStart: (started) => {
          if (settled) started.abort(new Error('The request was given up before it was sent.'));
          else controller = started;
        },
        onResponseStart: (_, status, fields) => {
          answer = { status, headers: joined(fields) };
          if (Number(answer.headers['content-length'] ?? 0) > bound) fail(tooLarge(host, bound, consequence()));
        },
        onResponseData: (_, chunk) => takeChunk(chunk),
        onResponseEnd: () => {
          if (answer !== undefined && settle()) resolve({ ...answer, body: Buffer.concat(body) });
        },
        onResponseError: (_, cause) =>
          fail(connectionFailure(firstFault() ?? cause, host, controller !== undefined, consequence())),
      },
    );
  });
}

function joined(fields: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value = '']) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );
}

function tooLarge(host: string, bound: number, consequence: Consequence): AuthorityError {
  return new AuthorityError(
    'authority-answer-too-large',
    `${host} answered with more than ${Math.round(bound / 1024)} KiB, which no answer of the protocol has. Check the URL and kind of the authority.`,
    { consequence },
  );
}
