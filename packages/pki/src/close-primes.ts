/** Rounds of Fermat's method, as the public CAs run them (Baseline Requirements, 6.1.1.3). */
const rounds = 100;

/** Squares leave few remainders for these; together they let through one non-square in about a thousand. */
const filters: readonly { readonly modulus: number; readonly squares: readonly boolean[] }[] = [
  64, 63, 65, 11, 17, 19, 23, 31,
].map((modulus) => {
  const squares = new Array<boolean>(modulus).fill(false);
  for (let root = 0; root < modulus; root++) squares[(root * root) % modulus] = true;
  return { modulus, squares };
});
const filterProduct = filters.reduce((product, filter) => product * filter.modulus, 1);
const filterModulus = BigInt(filterProduct);

/**
 * True when Fermat's method factors the modulus within 100 rounds: it looks for `n = a^2 - b^2`, beginning at the square
 * root of n, which finds primes that lie very close together.
 *
 * @param modulus - Odd.
 * @param bits - Its length.
 */
export function hasClosePrimes(modulus: bigint, bits: number): boolean {
  const root = integerSquareRoot(modulus, bits);
  let a = root * root === modulus ? root : root + 1n;
  let bSquared = a * a - modulus;
  let aRest = Number(a % filterModulus);
  let bSquaredRest = Number(bSquared % filterModulus);
  let behind = 0;
  for (let round = 0; round < rounds; round++) {
    if (mayBeSquare(bSquaredRest)) {
      a += BigInt(behind);
      bSquared = a * a - modulus;
      behind = 0;
      const b = integerSquareRoot(bSquared, bSquared.toString(2).length);
      if (b * b === bSquared) return true;
    }
    bSquaredRest = (bSquaredRest + 2 * aRest + 1) % filterProduct;
    aRest = (aRest + 1) % filterProduct;
    behind += 1;
  }
  return false;
}

/** @param rest - A number's remainder for the product of all filters. */
function mayBeSquare(rest: number): boolean {
  for (const { modulus, squares } of filters) if (squares[rest % modulus] !== true) return false;
  return true;
}

/** The largest integer whose square is not above the value: half the digits by recursion, the rest by one Newton step. */
function integerSquareRoot(value: bigint, bits: number): bigint {
  if (bits <= 50) return BigInt(Math.floor(Math.sqrt(Number(value))));
  const shift = BigInt(Math.floor((bits - 2) / 4));
  const upper = integerSquareRoot(value >> (2n * shift), bits - 2 * Number(shift));
  const guess = upper << shift;
  let root = (guess + value / guess) >> 1n;
  while (root * root > value) root -= 1n;
  while ((root + 1n) * (root + 1n) <= value) root += 1n;
  return root;
}
