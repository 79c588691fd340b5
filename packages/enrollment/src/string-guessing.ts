import type { GuessingBounds } from '@opencapf/store';
import { isLoopback, isWithinAny, strangerNetwork } from './network.js';

/** What is borne of those who guess authentication strings, all of it settings. */
export interface GuessingPolicy extends GuessingBounds {
  /** Wrong strings in all that every operation bears, however short its string. */
  readonly fewestForOperation: number;
  /** One in so many possible strings may be tried before the right one is taken for guessed. */
  readonly possibleForEachTry: number;
  /** Addresses and networks in CIDR form behind which many devices stand (`OPENCAPF_TRUSTED_PROXIES`). */
  readonly trustedProxies: readonly string[];
}

/** How many wrong tries spend a string of so many digits. */
export function triesThatSpend(
  digits: number,
  { fewestForOperation, possibleForEachTry }: Pick<GuessingPolicy, 'fewestForOperation' | 'possibleForEachTry'>,
): number {
  return Math.max(fewestForOperation, Math.floor(10 ** digits / possibleForEachTry));
}

/** Of whom it is counted for how many devices wrong strings are given; undefined where that may be very many. */
export function countedNetwork(
  address: string,
  { trustedProxies }: Pick<GuessingPolicy, 'trustedProxies'>,
): string | undefined {
  return isLoopback(address) || isWithinAny(address, trustedProxies) ? undefined : strangerNetwork(address);
}
