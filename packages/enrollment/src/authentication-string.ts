import { randomInt } from 'node:crypto';

/** Digits of a string that we make ourselves. */
const generatedDigits = 8;

/** Whether a string has the form that users can type on a phone: 4 to 10 digits (security-guide-extracts.md, "CAPF Settings"). */
export function isAuthenticationString(text: string): boolean {
  return /^[0-9]{4,10}$/.test(text);
}

/**
 * A new authentication string: 8 digits, each as likely as any other.
 *
 * @param randomBelow - A uniform random whole number below its argument.
 */
export function generateAuthenticationString(randomBelow: (end: number) => number = randomInt): string {
  return Array.from({ length: generatedDigits }, () => String(randomBelow(10))).join('');
}
