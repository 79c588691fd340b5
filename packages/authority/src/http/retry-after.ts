/** An authority that wants to be left alone for longer is asked after a day all the same. */
const longest = 24 * 3_600_000;

/**
 * Reads Retry-After (RFC 9110, 10.2.3): whole seconds, or a date.
 *
 * @returns milliseconds from `now`, a day at most; undefined when there is none that can be read.
 */
export function readRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Math.min(Number(value) * 1000, longest);
  const wait = Date.parse(value) - now.getTime();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longest);
}
