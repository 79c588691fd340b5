import { PkiError } from './errors.js';

/** Days for which an LSC may be valid (security-guide-extracts.md, "Duration Of Certificate Validity (in days)"). */
export const lscValidityDays = { shortest: 1, longest: 1825, byDefault: 365 } as const;

const day = 86_400_000;

/** Certificates begin this long before they are made, in milliseconds, for phones whose clock is behind. */
export const backdating = 5 * 60_000;

/** From when to when, in whole seconds, both included (RFC 5280, 4.1.2.5). */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The validity of a certificate within its issuer's, and where it would have ended had the issuer lived longer. */
export interface BoundedValidity extends Validity {
  readonly cutShortFrom?: Date;
}

/**
 * From five minutes before now, though not before the issuer's beginning, to `days` days of 24 hours from now, though
 * not past the issuer's end.
 *
 * @param days - A whole number, at least 1.
 * @throws PkiError `issuer-expired`, `issuer-not-yet-valid`, `validity-out-of-range`
 */
export function validityWithin(issuer: Validity, now: Date, days: number): BoundedValidity {
  if (!Number.isInteger(days) || days < 1) throw new PkiError('validity-out-of-range');
  const at = wholeSeconds(now.getTime());
  if (at < issuer.notBefore.getTime()) throw new PkiError('issuer-not-yet-valid');
  if (at >= issuer.notAfter.getTime()) throw new PkiError('issuer-expired');
  const notBefore = new Date(Math.max(at - backdating, issuer.notBefore.getTime()));
  const wanted = new Date(at + days * day);
  return wanted.getTime() > issuer.notAfter.getTime()
    ? { notBefore, notAfter: issuer.notAfter, cutShortFrom: wanted }
    : { notBefore, notAfter: wanted };
}

/** From five minutes before now to the same day and time so many calendar years from now. */
export function validityInYears(now: Date, years: number): Validity {
  const at = wholeSeconds(now.getTime());
  const notAfter = new Date(at);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  return { notBefore: new Date(at - backdating), notAfter };
}

function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
