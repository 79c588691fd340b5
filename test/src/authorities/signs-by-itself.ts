import type { Absences } from './conformance.js';
import { flaws } from './fake-ca.js';

const reason = 'it signs by itself: nobody is asked who could be late, decide or be wrong';

/** What no test can make a local authority do. */
export const signsByItself: Absences = Object.fromEntries(
  ['deny', 'pendThenIssue', 'pendThenDeny', 'slow', 'unreachable', 'loseAnswer', ...flaws].map((behaviour) => [
    behaviour,
    reason,
  ]),
);
