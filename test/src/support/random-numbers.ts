/**
 * Whole numbers below a bound, always the same ones for a seed (Marsaglia's xorshift of 32 bits): for tests that can be
 * tried again.
 */
export function randomNumbers(seed: number): (below: number) => number {
  // Zero would stay zero.
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
