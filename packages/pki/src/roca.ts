import { oddPrimesBelow752 } from './small-primes.js';

/**
 * Primes made by the flawed library have the form `k * M + (65537^a mod M)`, M the product of the first primes, so the
 * modulus is a power of 65537 for each prime of M (Nemec et al., "The Return of Coppersmith's Attack", 2017). The primes
 * up to 167 are in M for every key size; a sound key shows the pattern once in about 2^28.
 */
const generator = 65537;
const largestFingerprintPrime = 167;

const powersOfGenerator: readonly ReadonlySet<number>[] = oddPrimesBelow752
  .filter((prime) => prime <= largestFingerprintPrime)
  .map((prime) => {
    const powers = new Set<number>();
    for (let power = 1; !powers.has(power); power = (power * generator) % prime) powers.add(power);
    return powers;
  });

/**
 * True when a modulus has the pattern of CVE-2017-15361.
 *
 * @param residues - Its remainders for the odd primes below 752, as `residuesOfSmallPrimes` gives them.
 */
export function hasRocaFingerprint(residues: readonly number[]): boolean {
  return powersOfGenerator.every((powers, index) => powers.has(residues[index] ?? 0));
}
