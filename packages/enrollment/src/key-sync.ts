import { fetchCertificateRequest, Reason } from '@opencapf/protocol';
import { changeKey, endSessionRecord, type KeyChange, type KeyOnRecord, readKeyOnRecord } from '@opencapf/store';
import { type Dialogue, reasonWords } from './dialogue.js';
import type { EnrollmentServices } from './services.js';
import { superseded } from './session-ends.js';
import type { SessionOutcome } from './session-outcomes.js';

/** What a phone showed when it was asked for its certificate. */
export type Shown =
  | { readonly kind: 'certificate' }
  /** It says that it has none. */
  | { readonly kind: 'none' }
  /** Neither: nothing follows from it. */
  | { readonly kind: 'nothing'; readonly reason: number };

/** What follows for the record. */
export interface KeySyncDecision {
  readonly outcome: SessionOutcome;
  /** For an administrator. */
  readonly words: string;
  /** Absent: nothing changes. */
  readonly change?: KeyChange;
}

/** Changes of one device in a day before they are refused (DESIGN, section 3, "When a phone connects with nothing queued"). */
const mostChangesInADay = 10;

/** A phone that came although nothing is queued for it. */
export interface Visit {
  readonly phone: Dialogue;
  /** Device id. */
  readonly device: number;
  readonly deviceName: string;
  /** Id of the session on record. */
  readonly session: number;
  readonly services: EnrollmentServices;
}

/**
 * Key sync: the phone saw another hash in its configuration file than its certificate has, and comes to have its key
 * recorded. Nobody proves anything here, so only what we issued for this device ourselves is believed.
 *
 * @returns the reason for END_SESSION, NO_ACTION whatever came of it
 * @throws AttemptEnded
 */
export async function syncKey(visit: Visit): Promise<number> {
  const { phone, services } = visit;
  const request = fetchCertificateRequest(phone.sessionId);
  const { reason, certificate } = await phone.answerTo(request, services.deadlines.fetch);
  const der = reason === Reason.UPDATE_CERTIFICATE ? certificate?.der : undefined;
  const record = await readKeyOnRecord(services.database, visit.device, der);
  if (record === undefined) throw superseded();
  const decision = decideKeySync(shownBy(reason, der), record, services.clock());
  await carryOut(visit, record, decision);
  return Reason.NO_ACTION;
}

function shownBy(reason: number, der: Uint8Array | undefined): Shown {
  if (der !== undefined) return { kind: 'certificate' };
  return reason === Reason.INVALID_ELEMENT ? { kind: 'none' } : { kind: 'nothing', reason };
}

/** The rules of DESIGN, section 3, for certificates that were issued here. */
export function decideKeySync(shown: Shown, record: KeyOnRecord, now: Date): KeySyncDecision {
  switch (shown.kind) {
    case 'certificate':
      return decideOnCertificate(record, now);
    case 'none':
      if (record.lsc === undefined)
        return { outcome: 'key-confirmed', words: 'The phone has no LSC, and none is on record.' };
      if (record.lscGone) return { outcome: 'key-confirmed', words: 'The LSC is still gone from the phone.' };
      return {
        outcome: 'lsc-gone',
        words: 'The phone says that it has no LSC although one is on record.',
        change: { change: 'lscGone' },
      };
    case 'nothing':
      return { outcome: 'key-refused', words: `The phone did not show its certificate${reasonWords(shown.reason)}.` };
  }
}

function decideOnCertificate({ asked, lsc, shown, lscGone }: KeyOnRecord, now: Date): KeySyncDecision {
  const refused = (words: string): KeySyncDecision => ({ outcome: 'key-refused', words });
  if (asked === undefined) return refused('The phone showed a certificate that was not issued here for it.');
  if (asked.revoked) return refused('The phone showed an LSC that is revoked.');
  if (asked.deleted) return refused('The phone showed an LSC that is on record as deleted.');
  if (asked.superseded) return refused('The phone showed an LSC that a newer one has superseded.');
  if (asked.notAfter <= now) return refused('The phone showed an LSC that has expired.');
  if (asked.id === lsc) {
    return asked.id === shown && !lscGone
      ? { outcome: 'key-confirmed', words: 'The phone showed the LSC on record.' }
      : {
          outcome: 'key-recorded',
          words: 'The phone showed the LSC on record, which was noted as gone.',
          change: { change: 'showInstalled', certificate: asked.id },
        };
  }
  if (!asked.newest)
    return refused('The phone showed an LSC that was never on record as installed and is not the newest.');
  return {
    outcome: 'key-recorded',
    words: 'The phone showed an LSC whose acknowledgement was lost; it is installed.',
    change: { change: 'install', certificate: asked.id },
  };
}

async function carryOut(visit: Visit, record: KeyOnRecord, decision: KeySyncDecision): Promise<void> {
  const { phone, device, deviceName, session, services } = visit;
  const { outcome, words, change } = decision;
  const ending = phone.ending(outcome, Reason.NO_ACTION, words);
  if (change === undefined) return await endSessionRecord(services.database, session, ending);
  switch (await changeKey(services.database, device, session, change, record, mostChangesInADay, ending)) {
    case 'done':
      return;
    case 'lost':
      throw superseded();
    case 'tooMany': {
      const refusal = `More than ${mostChangesInADay} changes of this device's key in a day: ${words}`;
      services.log.warn(
        { device: deviceName, remote: phone.peer.remoteAddress, code: 'key-changes-too-many' },
        refusal,
      );
      return await endSessionRecord(
        services.database,
        session,
        phone.ending('key-changes-too-many', Reason.NO_ACTION, refusal),
      );
    }
  }
}
