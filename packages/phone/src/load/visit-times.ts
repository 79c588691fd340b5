import type { Enrollment, SessionStep } from '../enroll.js';
import type { Latencies } from './latencies.js';

/** When a visit was to begin and when it did, milliseconds since 1970. */
export interface VisitStart {
  readonly due: number;
  readonly begun: number;
}

/**
 * Notes how long the steps of a session took, seen from the phone: connecting, and from each message of the phone to the
 * server's next one. The whole visit is noted when it came to what it was made for: from when it was due, so that a server
 * that holds phones up is charged with all who had to wait, and without the time of the phone's own key generation.
 */
export function noteVisit({ steps }: Enrollment, { due, begun }: VisitStart, succeeded: boolean, to: Latencies): void {
  const last = steps.at(-1);
  if (succeeded && last !== undefined) to.record('visit', last.at - due - ownTime(steps));
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    const took = step.at - (before?.at ?? begun);
    if (step.event === 'connected') to.record('TCP connection', took);
    else if (step.event === 'secured') to.record('TLS handshake', took);
    else if (step.event === 'received') {
      if (before?.event === 'secured') to.record(`TLS to ${step.command}`, took);
      else if (before?.event === 'sent') to.record(`${before.command} to ${step.command}`, took);
    }
  }
}

/** From the wish for a key to the key. */
function ownTime(steps: readonly SessionStep[]): number {
  let time = 0;
  let requestedAt = 0;
  for (const { event, at } of steps) {
    if (event === 'keyRequested') requestedAt = at;
    else if (event === 'keyMade') time += at - requestedAt;
  }
  return time;
}
