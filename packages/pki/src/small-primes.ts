/** The odd primes below 752, by which NIST SP 800-89, 5.3.3 has a modulus tried. */
export const oddPrimesBelow752: readonly number[] = sieve(752);

/** Products of neighbouring primes, each below 2^53, so that one BigInt division serves several primes. */
const groups: readonly { readonly product: bigint; readonly primes: readonly number[] }[] =
  groupPrimes(oddPrimesBelow752);

const productOfAll = groups.reduce((product, group) => product * group.product, 1n);

/** The remainders of a number for each of {@link oddPrimesBelow752}, in the same order. */
export function residuesOfSmallPrimes(value: bigint): readonly number[] {
  const reduced = value % productOfAll;
  const residues: number[] = [];
  for (const group of groups) {
    const rest = Number(reduced % group.product);
    for (const prime of group.primes) residues.push(rest % prime);
  }
  return residues;
}

function sieve(limit: number): number[] {
  const primes: number[] = [];
  for (let candidate = 3; candidate < limit; candidate += 2) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

function groupPrimes(primes: readonly number[]): { product: bigint; primes: number[] }[] {
  const made: { product: bigint; primes: number[] }[] = [];
  let current = { product: 1n, primes: [] as number[] };
  for (const prime of primes) {
    if (current.product * BigInt(prime) >= 1n << 53n) {
      made.push(current);
      current = { product: 1n, primes: [] };
    }
    current.product *= BigInt(prime);
    current.primes.push(prime);
  }
  made.push(current);
  return made;
}
