import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfiguration } from '@opencapf/server';
import { Agent, request } from 'undici';
import type { Surroundings } from './surroundings.js';

/** An answer of the service. */
export interface ServiceAnswer {
  readonly status: number;
  /** Parsed JSON, or the text as it came. */
  readonly body: unknown;
}

/** Talks to the service that `OPENCAPF_SERVER` names. */
export interface ServiceClient {
  readonly server: string;
  get(path: string): Promise<ServiceAnswer>;
  close(): Promise<void>;
}

/**
 * Connects the command line to the service.
 *
 * The service's certificate is verified against the system's authorities and, where the data directory holds one, the CAPF
 * certificate, which signs the certificate of `OPENCAPF_ADMIN_TLS=auto`.
 *
 * @throws StoreError `setting-invalid`
 */
export function connectToService({ typedIn, defaultDataDirectory }: Surroundings): ServiceClient {
  const { bootstrap } = readConfiguration(process.env, typedIn, defaultDataDirectory);
  const authority = readIfPresent(join(bootstrap.dataDir, 'capf.pem'));
  const dispatcher = new Agent({ connect: authority === undefined ? {} : { ca: authority }, headersTimeout: 30_000 });
  const server = bootstrap.server.replace(/\/+$/, '');
  return {
    server,
    async get(path) {
      const { statusCode, body } = await request(`${server}${path}`, { dispatcher });
      const text = await body.text();
      return { status: statusCode, body: parsed(text) };
    },
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
