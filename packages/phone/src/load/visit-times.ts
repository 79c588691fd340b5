import type { SessionStep } from '../enroll.js';
import type { Visit } from '../persistence.js';
import type { Latencies } from './latencies.js';

/**
 * Notes how long the steps of sessions took, seen from the phone: connecting, and from each message of the phone to the
 * server's next one. The whole is noted when it came to what it was made for: from when the first visit was due, so that a
 * server that holds phones up is charged with all who had to wait, and without the time of the phone's own key generations.
 *
 * @param visits - Of one phone, in their order; all but the last are such that it came again.
 * @param due - When the first was to begin, milliseconds since 1970.
 */
export function noteVisits(visits: readonly Visit[], due: number, succeeded: boolean, to: Latencies): void {
  const last = visits.at(-1)?.enrollment.steps.at(-1);
  const own = visits.reduce((sum, { enrollment }) => sum + ownTime(enrollment.steps), 0);
  if (succeeded && last !== undefined) to.record('visit', last.at - due - own);
  for (const { begun, enrollment } of visits) noteSteps(enrollment.steps, begun, to);
}

function noteSteps(steps: readonly SessionStep[], begun: number, to: Latencies): void {
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
