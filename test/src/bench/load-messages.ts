/** What the load process is told to do: each of these phones comes once, with a key of its own. */
export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  /** PEM; absent: without trust. */
  readonly trust?: string | undefined;
  readonly names: readonly string[];
  /** How many are there at once. */
  readonly concurrency: number;
  /** Stay in key generation until released. */
  readonly hold?: boolean | undefined;
}

/** What came of it. Times are in milliseconds. */
export interface LoadResult {
  readonly kind: 'result';
  readonly outcomes: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
  /** From TCP to the end of the session, of each phone. */
  readonly sessions: readonly number[];
  /** From each of our own steps: from the phone's message to the server's answer. */
  readonly steps: Readonly<Record<string, readonly number[]>>;
}

/** From the load process. */
export type FromLoad = LoadResult | { readonly kind: 'ready' } | { readonly kind: 'holding' };

/** To the load process. */
export type ToLoad = { readonly kind: 'order'; readonly order: LoadOrder } | { readonly kind: 'release' };
