import type { ActivationHold } from '@opencapf/store';
import { AdminApiError } from './errors.js';

/** So many devices are named; the list of signers has more. */
const mostNamed = 10;

/** Whether an outcome is that phones have to come first. */
export function isHeldBack(outcome: string | ActivationHold): outcome is ActivationHold {
  return typeof outcome === 'object' || outcome === 'unconfirmed' || outcome === 'notListed';
}

/** What to answer where phones have to come first: `activation-unconfirmed`, `trust-list-not-holding`, `trust-list-not-fetched`. */
export function heldBack(hold: ActivationHold): AdminApiError {
  if (hold === 'unconfirmed') return new AdminApiError('activation-unconfirmed');
  if (hold === 'notListed') return new AdminApiError('trust-list-not-holding');
  const { waiting, devices, waitingDevices } = hold.fetches;
  const first = waitingDevices.slice(0, mostNamed).join(', ');
  return new AdminApiError('trust-list-not-fetched', `${waiting} of ${devices}: ${first}`);
}
