import { isIPv6 } from 'node:net';
import { TftpError } from '../errors.js';
import type { XmlElement } from './element-tree.js';

/** One `capf` element of `capfList`. */
export interface CapfServer {
  /** `processNodeName`: host name or address, IPv6 without brackets. */
  readonly host: string;
  /** `phonePort`. */
  readonly port: number;
}

/** Phones read so many (tftp-file-formats.md, section 6.6). */
const mostServers = 5;
/** Characters of a `processNodeName` (section 9). */
const longestHost = 50;

/**
 * Reads `host[:port]`, as `OPENCAPF_CAPF_SERVERS` and profiles have it; IPv6 with a port stands in brackets.
 *
 * @param defaultPort - the port of a server that none is given for
 * @throws TftpError `capf-servers-unusable`
 */
export function readCapfServers(given: readonly string[], defaultPort: number): readonly CapfServer[] {
  if (given.length > mostServers) {
    throw new TftpError('capf-servers-unusable', `Phones read ${mostServers} CAPF servers, not ${given.length}.`);
  }
  return given.map((one) => readCapfServer(one, defaultPort));
}

function readCapfServer(given: string, defaultPort: number): CapfServer {
  const [, bracketed, plain = '', port] = /^(?:\[([^\]]+)\]|([^[\]:]+))(?::(\d{1,5}))?$/.exec(given) ?? [];
  const host = isIPv6(given) ? given : (bracketed ?? plain);
  const number = port === undefined ? defaultPort : Number(port);
  const isHost = bracketed === undefined && host === plain ? /^[0-9A-Za-z._-]+$/.test(host) : isIPv6(host);
  if (!isHost || host.length > longestHost || number < 1 || number > 65_535) {
    throw new TftpError(
      'capf-servers-unusable',
      `"${given.slice(0, 80)}" is no CAPF server that phones can be told: host[:port], the host of ${longestHost} characters at most.`,
    );
  }
  return { host, port: number };
}

/** The servers that a `capfList` holds; undefined where it is not of that shape. */
export function serversOf(capfList: XmlElement): readonly CapfServer[] | undefined {
  const servers: CapfServer[] = [];
  for (const { name, children } of capfList.children) {
    const host = children.find((child) => child.name === 'processNodeName');
    const port = children.find((child) => child.name === 'phonePort');
    if (name !== 'capf' || children.length !== 2 || host === undefined || port === undefined) return undefined;
    if (!/^\d{1,5}$/.test(port.text)) return undefined;
    servers.push({ host: host.text, port: Number(port.text) });
  }
  return servers;
}

/**
 * What stands between `<capfList>` and `</capfList>`.
 *
 * @param lineStart - line end and indentation of `capfList` itself; empty for a file without line ends
 * @param indent - what one level of depth adds
 */
export function capfListContent(servers: readonly CapfServer[], lineStart: string, indent: string): string {
  const at = (depth: number, text: string): string => `${lineStart}${indent.repeat(depth)}${text}`;
  const elements = servers.flatMap(({ host, port }) => [
    at(1, '<capf>'),
    at(2, `<phonePort>${port}</phonePort>`),
    at(2, `<processNodeName>${host}</processNodeName>`),
    at(1, '</capf>'),
  ]);
  return elements.length === 0 ? '' : [...elements, lineStart].join('');
}
