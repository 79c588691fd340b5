import { type Socket, SocketAddress } from 'node:net';
import { awaitFirstBytes, type LengthOf } from '../sockets/first-bytes.js';

/** The source of the rules: haproxy.org, "The PROXY protocol, versions 1 & 2", section 2.2. */
const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const fixedBytes = 16;
/** With all extensions; a header is to fit into the smallest segment that every path carries. */
const mostBytes = 536;
const version = 2;
const stream = 1;
/** By the number of the address family: how long an address is. */
const families = new Map([
  [1, { family: 'ipv4', addressBytes: 4 }],
  [2, { family: 'ipv6', addressBytes: 16 }],
] as const);

/** Where a phone's connection comes from. */
export interface PhoneEndpoint {
  /** IP address, not plain yet: IPv6 may wrap IPv4. */
  readonly address: string;
  readonly port: number;
}

/** What a balancer says: `itself` where it comes for itself, as for its health checks; `nothing` where it has left. */
export type ProxyWord =
  | { readonly kind: 'phone'; readonly phone: PhoneEndpoint }
  | { readonly kind: 'itself' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unusable'; readonly reason: string };

/** How long a header of PROXY protocol v2 is. */
export const proxyHeaderLength: LengthOf = (start) => {
  const known = Math.min(start.length, signature.length);
  if (!signature.subarray(0, known).equals(start.subarray(0, known))) return 'none';
  const [high, low] = start.subarray(14, fixedBytes);
  if (high === undefined || low === undefined) return 'more';
  const length = fixedBytes + ((high << 8) | low);
  return length <= mostBytes ? length : 'none';
};

/**
 * Reads a header. What follows the addresses (the extensions) is not looked at.
 *
 * A connection on behalf of a phone whose address is not told, or is none of TCP, is of no use: everything that is judged by
 * address would be judged by the balancer's.
 *
 * @param header - whole, as {@link proxyHeaderLength} measures it
 */
export function readProxyHeader(header: Buffer): ProxyWord {
  const versionAndCommand = header.readUInt8(12);
  if (versionAndCommand >> 4 !== version) return unusable('its version is not 2');
  const command = versionAndCommand & 0x0f;
  if (command === 0) return { kind: 'itself' };
  if (command !== 1) return unusable('its command is unknown');
  const familyAndTransport = header.readUInt8(13);
  const known = families.get((familyAndTransport >> 4) as 1 | 2);
  if (known === undefined || (familyAndTransport & 0x0f) !== stream) return unusable('it names no address of TCP');
  const { family, addressBytes } = known;
  const portAt = fixedBytes + 2 * addressBytes;
  if (header.length < portAt + 4) return unusable('its addresses are cut short');
  const bytes = header.subarray(fixedBytes, fixedBytes + addressBytes);
  return { kind: 'phone', phone: { address: textOf(family, bytes), port: header.readUInt16BE(portAt) } };
}

/**
 * Waits for a balancer's header and takes it out of the socket.
 *
 * @param then - called once, unless the socket ends before
 */
export function awaitProxyHeader(socket: Socket, then: (word: ProxyWord) => void): void {
  awaitFirstBytes(socket, proxyHeaderLength, (start, headerBytes) => {
    if (headerBytes === 0) {
      // Balancers also look whether a port is open by opening it.
      then(start.length === 0 ? { kind: 'nothing' } : unusable('it begins with no header of PROXY protocol v2'));
      return;
    }
    if (start.length > headerBytes) socket.unshift(start.subarray(headerBytes));
    then(readProxyHeader(start.subarray(0, headerBytes)));
  });
}

function unusable(reason: string): ProxyWord {
  return { kind: 'unusable', reason };
}

function textOf(family: 'ipv4' | 'ipv6', bytes: Buffer): string {
  if (family === 'ipv4') return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new SocketAddress({ family, address: groups.join(':') }).address;
}
