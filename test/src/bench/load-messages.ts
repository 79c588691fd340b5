import type { Persistence } from '@opencapf/phone';
import type { LoadResult } from '@opencapf/phone/load';

/** What the load process is told to do: each of these phones comes, for an install, with a key of its own. */
export interface Order {
  readonly host: string;
  readonly port: number;
  /** PEM; absent: without trust. */
  readonly trust?: string | undefined;
  /** PEM of who else may have issued LSCs. */
  readonly alsoTrust?: string | undefined;
  readonly names: readonly string[];
  /** How many are there at once, at most. */
  readonly concurrency: number;
  readonly ratePerSecond?: number | undefined;
  /** Stay in key generation until released; then so many go on a second. */
  readonly releasedPerSecond?: number | undefined;
  /** After a communication failure; not at all without it. */
  readonly comesAgain?: Persistence | undefined;
}

/** From the load process. `holding`: every phone of the order is making its key, or has failed. */
export type FromLoad =
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'ready' }
  | { readonly kind: 'holding' };

/** To the load process. Keys are made when `names` come, so that an order finds them made. */
export type ToLoad =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'release' };
