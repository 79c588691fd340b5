import { callerNetwork } from './caller-address.js';

/** Refusals of one network in a minute, of which the audit knows the first alone. */
export interface UntoldRefusals {
  /** The first address that was refused; `undefined` where there were too many networks to tell them apart. */
  readonly address: string | undefined;
  readonly times: number;
}

const minuteMs = 60_000;
/** Refused tokens that one network may show in a minute before it is told to wait. */
const mostInMinute = 20;
/** Networks that are told apart in a minute; a stranger may own any number of IPv6 networks. */
const mostNetworks = 1_000;
const others = 'others';

/**
 * Counts refused tokens by the network that they come from. It bounds what strangers can write into the audit: one entry
 * at once and one with the number of the others, for each network and minute.
 */
export class RefusedTokens {
  readonly #counts = new Map<string, { address: string | undefined; times: number }>();
  #ends = 0;

  /** @param now milliseconds on a clock that never jumps */
  constructor(readonly now: () => number) {}

  /**
   * Counts one.
   *
   * @returns whether it is the first of its network in this minute; whether that network has to wait, and how long in
   * seconds
   */
  count(address: string): { readonly first: boolean; readonly waitSeconds: number | undefined } {
    const known = this.#counts.get(callerNetwork(address));
    const network = known === undefined && this.#counts.size >= mostNetworks ? others : callerNetwork(address);
    const counted = this.#counts.get(network);
    if (this.#counts.size === 0) this.#ends = this.now() + minuteMs;
    const times = (counted?.times ?? 0) + 1;
    this.#counts.set(network, { address: network === others ? undefined : (counted?.address ?? address), times });
    const waits = network !== others && times > mostInMinute;
    const waitSeconds = waits ? Math.max(1, Math.ceil((this.#ends - this.now()) / 1_000)) : undefined;
    return { first: counted === undefined, waitSeconds };
  }

  /** Whether the minute is over that began with the first refusal. */
  get minuteOver(): boolean {
    return this.#counts.size > 0 && this.now() >= this.#ends;
  }

  /** Begins anew. @returns what the audit has not been told */
  takeUntold(): readonly UntoldRefusals[] {
    const untold = [...this.#counts.values()]
      .map(({ address, times }) => ({ address, times: times - 1 }))
      .filter(({ times }) => times > 0);
    this.#counts.clear();
    return untold;
  }
}
