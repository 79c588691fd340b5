import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfiguration } from '@opencapf/server/configuration';
import { Agent, type Dispatcher, request as send } from 'undici';
import type { Surroundings } from './surroundings.js';

/** An answer of the service. */
export interface ServiceAnswer {
  readonly status: number;
  /** Parsed JSON, or the text as it came. */
  readonly body: unknown;
  /** What came, as it came. */
  readonly bytes: Uint8Array;
}

/** What a call carries. */
export interface ServiceBody {
  /** Content type. */
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** Talks to a service. Calls reject when there is no answer. */
export interface ServiceClient {
  /** Base URL. */
  readonly server: string;
  /** @param accept - content type that is wanted; what the service gives by itself without it */
  get(path: string, accept?: string): Promise<ServiceAnswer>;
  request(method: string, path: string, body?: ServiceBody): Promise<ServiceAnswer>;
  close(): Promise<void>;
}

/** Whom to talk to, and how. */
export interface ServiceAddress {
  /** Base URL. */
  readonly server: string;
  /** PEM of whom to believe that it is this service; the system's authorities without it. */
  readonly authority?: string | undefined;
  /** Shown to the service with each call. */
  readonly token?: string | undefined;
}

/**
 * Connects the command line to the service that `OPENCAPF_SERVER` names, or to another one.
 *
 * The service's certificate is verified against the system's authorities or, where the data directory holds one, the CAPF
 * certificate, which signs the certificate of `OPENCAPF_ADMIN_TLS=auto`.
 *
 * @throws StoreError `setting-invalid`
 */
export function connectToService(
  { typedIn, defaultDirectories, terminal }: Surroundings,
  given: Partial<ServiceAddress> = {},
): ServiceClient {
  const { bootstrap } = readConfiguration(terminal.env, typedIn, defaultDirectories);
  const { server = bootstrap.server, token = bootstrap.token } = given;
  return openServiceClient({
    server,
    token,
    authority: given.authority ?? readIfPresent(join(bootstrap.dataDir, 'capf.pem')),
  });
}

/** Connects to a service whose address is known. */
export function openServiceClient({ server: url, authority, token }: ServiceAddress): ServiceClient {
  const dispatcher = new Agent({ connect: authority === undefined ? {} : { ca: authority }, headersTimeout: 30_000 });
  const server = url.replace(/\/+$/, '');
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = async (method: string, path: string, content?: ServiceBody, accept?: string): Promise<ServiceAnswer> => {
    const { statusCode, body } = await send(`${server}${path}`, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...credentials,
        ...(content === undefined ? {} : { 'content-type': content.type }),
        ...(accept === undefined ? {} : { accept }),
      },
      ...(content === undefined ? {} : { body: content.content }),
    });
    const bytes = await body.bytes();
    return { status: statusCode, body: parsed(Buffer.from(bytes).toString()), bytes };
  };
  return {
    server,
    request: (method, path, content) => ask(method, path, content),
    get: (path, accept) => ask('GET', path, undefined, accept),
    close: () => dispatcher.close(),
  };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // another machine's service: its certificate must stand on the system's authorities
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
