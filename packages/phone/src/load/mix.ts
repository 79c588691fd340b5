import { PhoneError } from '../errors.js';
import type { Errand } from './errand.js';

/** How many of each errand, by weight. */
export type Mix = Readonly<Partial<Record<Errand, number>>>;

const errands = ['install', 'delete', 'troubleshoot', 'keysync'] as const satisfies readonly Errand[];

/**
 * Reads a mix such as `install=80,troubleshoot=10,keysync=10`: weights, which need not add up to 100.
 *
 * @throws PhoneError `load-mix-invalid`
 */
export function readMix(text: string): Mix {
  const mix: Partial<Record<Errand, number>> = {};
  for (const part of text.split(',')) {
    const [, name, weight] = /^\s*([a-z]+)\s*=\s*(\d{1,6})\s*$/.exec(part) ?? [];
    const errand = errands.find((known) => known === name);
    if (errand === undefined || errand in mix) throw new PhoneError('load-mix-invalid', part.trim());
    mix[errand] = Number(weight);
  }
  if (!Object.values(mix).some((weight) => weight > 0)) throw new PhoneError('load-mix-invalid', 'nothing in it');
  return mix;
}

/** An errand for each of so many phones: every stretch of them holds the mix as nearly as whole phones can. */
export function errandsOf(mix: Mix, count: number): readonly Errand[] {
  const shares = errands.flatMap((errand) => {
    const weight = mix[errand] ?? 0;
    return weight === 0 ? [] : [{ errand, weight, owed: 0 }];
  });
  const whole = shares.reduce((sum, { weight }) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    for (const share of shares) share.owed += share.weight;
    const next = shares.reduce((most, share) => (share.owed > most.owed ? share : most));
    next.owed -= whole;
    return next.errand;
  });
}
