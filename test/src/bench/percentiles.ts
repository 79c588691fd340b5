/** How long something took, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** @param values - in milliseconds, at least one */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number => rounded(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  return { p50: at(0.5), p99: at(0.99), longest: at(1) };
}

/** To two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
