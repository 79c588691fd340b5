import { decodeXml } from '@opencapf/tftp/readers';
import { SaxesParser } from 'saxes';
import { PhoneError } from '../errors.js';

/** A CAPF server that a configuration names. */
export interface ConfiguredCapf {
  readonly host: string;
  readonly port: number;
}

/** What a phone reads in its configuration before it decides about CAPF (tftp-file-formats.md, sections 6 and 9). */
export interface PhoneConfiguration {
  /** True only for the exact text `true`. */
  readonly fullConfig: boolean;
  /** 0 to 4; 0 when there is none. */
  readonly capfAuthMode: number;
  /** Up to five, in their order. */
  readonly capfServers: readonly ConfiguredCapf[];
  /** Empty when there is none. */
  readonly certHash: string;
  /** True only for the exact text `true`. */
  readonly encrConfig: boolean;
}

const capfPort = 3804;
const mostServers = 5;

/**
 * Reads what concerns CAPF in a configuration file.
 *
 * @throws PhoneError `configuration-unreadable`
 */
export function readPhoneConfiguration(file: Uint8Array): PhoneConfiguration {
  const texts = new Map<string, string>();
  const servers: { host?: string; port?: string }[] = [];
  const path: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => {
    path.push(name);
    if (path.join('/') === 'device/capfList/capf') servers.push({});
  });
  parser.on('text', (text) => {
    const place = path.join('/');
    const server = servers.at(-1);
    if (path.length === 2) texts.set(place, `${texts.get(place) ?? ''}${text}`);
    else if (server !== undefined && place === 'device/capfList/capf/phonePort') server.port = text.trim();
    else if (server !== undefined && place === 'device/capfList/capf/processNodeName') server.host = text.trim();
  });
  parser.on('closetag', () => path.pop());
  try {
    parser.on('error', (fault) => {
      throw fault;
    });
    parser.write(decodeXml(file).text).close();
  } catch (cause) {
    throw new PhoneError('configuration-unreadable', cause instanceof Error ? cause.message : undefined, { cause });
  }
  const text = (name: string): string => texts.get(`device/${name}`)?.trim() ?? '';
  const mode = Number(text('capfAuthMode') || '0');
  if (!Number.isInteger(mode) || mode < 0 || mode > 4) {
    throw new PhoneError('configuration-unreadable', `capfAuthMode is ${text('capfAuthMode')}`);
  }
  return {
    fullConfig: text('fullConfig') === 'true',
    capfAuthMode: mode,
    capfServers: servers
      .flatMap(({ host, port }) => (host ? [{ host, port: port ? readPort(port) : capfPort }] : []))
      .slice(0, mostServers),
    certHash: text('certHash'),
    encrConfig: text('encrConfig') === 'true',
  };
}

/** @throws PhoneError `configuration-unreadable` */
function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new PhoneError('configuration-unreadable', `phonePort is ${text}`);
}
