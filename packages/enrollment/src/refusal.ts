import { Reason } from '@opencapf/protocol';
import { type KnownDevice, type OpenOperation, recordRefusal } from '@opencapf/store';
import { networkOf } from './phone-networks.js';
import { beginningOf, type Spoken } from './session-beginning.js';
import { type SessionOutcome, sessionOutcomes } from './session-outcomes.js';

/** Whom a session refuses, and for what. */
export interface Refusal {
  readonly outcome: SessionOutcome;
  readonly device?: KnownDevice | undefined;
  /** The one that the session did not authenticate for. */
  readonly operation?: OpenOperation | undefined;
  /** For an administrator; default: what the outcome means. */
  readonly words?: string | undefined;
  /** Of END_SESSION. */
  readonly endReason?: number;
}

/**
 * Records a session that is refused: nothing is changed but counters, its record and the audit.
 *
 * @returns the reason for END_SESSION
 */
export async function refuse(
  spoken: Spoken,
  { outcome, device, operation, words = sessionOutcomes[outcome], endReason = Reason.INVALID_ELEMENT }: Refusal,
): Promise<number> {
  const { phone, services } = spoken;
  const beginning = beginningOf(spoken, device, operation, false);
  const ending = phone.ending(outcome, endReason, words);
  await recordRefusal(services.database, beginning, ending, networkOf(phone.peer.remoteAddress));
  return endReason;
}
