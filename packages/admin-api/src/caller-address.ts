import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Where a call comes from; IPv4 as such, also where a listener on all addresses sees it as IPv6. */
export function callerAddress(request: FastifyRequest): string {
  return request.ip.replace(/^::ffff:(?=[\d.]+$)/i, '');
}

/** What calls are counted by: an IPv4 address, or the /64 of an IPv6 address, all of which one caller may have. */
export function callerNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [before = '', after] = address.replace(/%.*$/, '').split('::');
  const groups = before === '' ? [] : before.split(':');
  const rest = after === undefined || after === '' ? [] : after.split(':');
  const filled =
    after === undefined ? groups : [...groups, ...Array<string>(8 - groups.length - rest.length).fill('0')];
  const network = [...filled, ...rest].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
