import { isIPv4, isIPv6 } from 'node:net';
import type { SettingValues } from '@opencapf/store';

/** Value of `OPENCAPF_IP_MODE`. */
export type IpMode = SettingValues['ipMode'];

/**
 * Whether phones of this address are served (the source documents' table "How IPv6 or IPv4 Phone Connects to CAPF").
 *
 * @param address - IP address, IPv4 not wrapped in IPv6
 */
export function isServed(mode: IpMode, address: string): boolean {
  switch (mode) {
    case 'both':
      return true;
    case 'ipv4':
      return isIPv4(address);
    case 'ipv6':
      return isIPv6(address);
  }
}

/** Whether a listener on this address would be met by no phone that is served; names may be either. */
export function servesNobody(mode: IpMode, host: string): boolean {
  if (mode === 'ipv4') return isIPv6(host) && !/^(::|::ffff:[\d.]+)$/i.test(host);
  return mode === 'ipv6' && isIPv4(host);
}
