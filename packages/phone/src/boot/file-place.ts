import { PhoneError } from '../errors.js';

/** Where a phone fetches its files: TFTP, or HTTP as newer ones do (tftp-file-formats.md, section 8). */
export interface FilePlace {
  readonly transport: 'http' | 'tftp';
  /** Name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a request for a file came to. */
export type Fetched = { readonly found: true; readonly bytes: Uint8Array } | { readonly found: false };

/** Fetches a file by its name. Rejects with PhoneError `files-unreachable`, `files-answer-unusable`. */
export type FetchFile = (name: string) => Promise<Fetched>;

const defaultPorts = { http: 6970, tftp: 69 } as const;

/**
 * Reads a place from `http://HOST[:PORT]` or `tftp://HOST[:PORT]`; the ports are 6970 and 69 unless given.
 *
 * @throws PhoneError `files-place-unusable`
 */
export function readFilePlace(text: string): FilePlace {
  const [, scheme = '', host = '', port] =
    /^(https?|tftp):\/\/(\[[0-9a-f:.]+\]|[^\s/:@?#[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? [];
  const transport = scheme.toLowerCase();
  if (transport !== 'http' && transport !== 'tftp') throw new PhoneError('files-place-unusable', text);
  const number = port === undefined ? defaultPorts[transport] : Number(port);
  if (number < 1 || number > 65_535) throw new PhoneError('files-place-unusable', text);
  return { transport, host: host.replace(/^\[(.*)\]$/, '$1'), port: number };
}
