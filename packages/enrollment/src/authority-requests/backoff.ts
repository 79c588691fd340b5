const shortestMs = 1_000;
const longestMs = 60_000;

/** Longer is not waited, whatever an authority says. */
const longestSaidMs = 86_400_000;

/**
 * Milliseconds to the next attempt: twice as long each time, up to a minute, between half of it and all of it.
 *
 * @param attempts - How many there were, 1 or more.
 * @param random - From 0 to below 1.
 * @param saidMs - What the authority wants at least.
 */
export function backoffMs(attempts: number, random: () => number, saidMs = 0): number {
  const full = Math.min(longestMs, shortestMs * 2 ** Math.min(attempts, 10));
  return Math.round(Math.max(Math.min(saidMs, longestSaidMs), full * (0.5 + random() / 2)));
}
