import type { GuessingBounds } from '@opencapf/store';
import { networkOf } from './phone-networks.js';

/** What is borne of those who guess authentication strings, all of it settings. */
export interface GuessingPolicy extends GuessingBounds {
  /** Wrong strings in all that every operation bears, however short its string. */
  readonly fewestForOperation: number;
  /** One in so many possible strings may be tried before the right one is taken for guessed. */
  readonly possibleForEachTry: number;
  /** Whether many devices stand behind an address: see `sharedAddresses`. */
  readonly isShared: (address: string) => boolean;
}

/** How many wrong tries spend a string of so many digits. */
export function triesThatSpend(
  digits: number,
  { fewestForOperation, possibleForEachTry }: Pick<GuessingPolicy, 'fewestForOperation' | 'possibleForEachTry'>,
): number {
  return Math.max(fewestForOperation, Math.floor(10 ** digits / possibleForEachTry));
}

/** Of whom it is counted for how many devices wrong strings are given; undefined where that may be very many. */
export function countedNetwork(address: string, { isShared }: Pick<GuessingPolicy, 'isShared'>): string | undefined {
  return isShared(address) ? undefined : networkOf(address);
}
