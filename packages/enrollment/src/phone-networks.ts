import { BlockList, isIPv6 } from 'node:net';

/** An address as people know it: IPv4 also where a dual-stack socket wraps it, and without the zone of a link-local one. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
}

/**
 * Whom an address is counted as: itself for IPv4 (also where IPv6 wraps it), its /64 for IPv6, since whoever has one address
 * of a /64 has them all.
 *
 * @param address - IP address as sockets give it
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [before = '', after] = plain.split('::');
  const head = groupsOf(before);
  const tail = groupsOf(after ?? '');
  const filled =
    after === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return `${filled
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/**
 * Whether an address stands for many: loopback, where proxies and tests live, and the balancers that an administrator
 * trusts. Bounds for one address do not fit them.
 *
 * @param trustedProxies - addresses and networks in CIDR form, already checked
 */
export function sharedAddresses(trustedProxies: readonly string[]): (address: string) => boolean {
  const isTrusted = addressesWithin(trustedProxies);
  return (address) => {
    const plain = plainAddress(address);
    return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain) || isTrusted(plain);
  };
}

/**
 * Whether an address is one of these.
 *
 * @param networks - addresses and networks in CIDR form, already checked
 */
export function addressesWithin(networks: readonly string[]): (address: string) => boolean {
  // A look into a list costs microseconds, and most sites have no proxies.
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of networks) {
    const [address = '', prefix] = entry.split('/');
    const plain = plainAddress(address);
    if (prefix === undefined) list.addAddress(plain, familyOf(plain));
    else list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const plain = plainAddress(address);
    return list.check(plain, familyOf(plain));
  };
}

/** The family of an address, IPv4 where IPv6 wraps it. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(plainAddress(address)) ? 'ipv6' : 'ipv4';
}

/** Groups of one side of `::`; a dotted tail counts as two, which no /64 reaches. */
function groupsOf(side: string): readonly string[] {
  if (side === '') return [];
  return side.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
