import { PkiError, readCertificate } from '@opencapf/pki';
import { CertificateType, fetchCertificateRequest, Reason } from '@opencapf/protocol';
import { changeKey, endSessionRecord, type KeyOnRecord, readKeyOnRecord } from '@opencapf/store';
import { type Dialogue, reasonWords } from './dialogue.js';
import type { IdentityProof } from './identity-proof.js';
import {
  decideOnLsc,
  decideOnMic,
  decideOnNone,
  decideOnProof,
  type KeySyncDecision,
  keyRefused,
  tellingCertificate,
} from './key-sync-rules.js';
import type { EnrollmentServices } from './services.js';
import { ProofRefused, superseded } from './session-ends.js';
import { standingOf, verifyCertificate } from './shown-certificate.js';

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
  /** The proof that it showed of its own accord, if that holds. */
  readonly proof: IdentityProof | undefined;
  readonly services: EnrollmentServices;
}

/** A decision and what it rests on. */
interface Decided {
  readonly record: KeyOnRecord;
  readonly decision: KeySyncDecision;
}

/**
 * Key sync: the phone saw another hash in its configuration file than its certificate has, and comes to have its key
 * recorded. One that has just proved itself by a certificate is not asked for it; of the others only what is on record as
 * theirs is believed, or a MIC that somebody trusted vouches for.
 *
 * @returns the reason for END_SESSION, NO_ACTION whatever came of it
 * @throws AttemptEnded
 */
export async function syncKey(visit: Visit): Promise<number> {
  const { proof, services } = visit;
  await carryOut(visit, proof === undefined ? await askAndDecide(visit) : decideOnProven(proof, services));
  return Reason.NO_ACTION;
}

function decideOnProven(proof: IdentityProof, { proofs }: EnrollmentServices): Decided {
  const telling = tellingCertificate(proof);
  return { record: telling.record, decision: decideOnProof(telling, proofs.strictPrecedence) };
}

async function askAndDecide(visit: Visit): Promise<Decided> {
  const { reason, der } = await fetch(visit);
  if (der !== undefined) return await decideOnShown(visit, der);
  if (reason !== Reason.INVALID_ELEMENT) {
    const decision = keyRefused(`The phone did not show its certificate${reasonWords(reason)}.`);
    return { record: await onRecord(visit), decision };
  }
  if (visit.services.fetchMic) {
    const { der: mic } = await fetch(visit, CertificateType.MIC);
    const decided = mic && (await decideOnShown(visit, mic));
    if (decided?.decision.mic) return decided;
  }
  const record = await onRecord(visit);
  return { record, decision: decideOnNone(record) };
}

async function fetch(
  { phone, services }: Visit,
  type?: typeof CertificateType.MIC,
): Promise<{ readonly reason: number; readonly der: Uint8Array | undefined }> {
  const request = fetchCertificateRequest(phone.sessionId, type);
  const { reason, certificate } = await phone.answerTo(request, services.deadlines.fetch);
  return { reason, der: reason === Reason.UPDATE_CERTIFICATE ? certificate?.der : undefined };
}

/** Nobody proves anything here: an LSC must be on record, a MIC must verify. */
async function decideOnShown(visit: Visit, der: Uint8Array): Promise<Decided> {
  const { deviceName, services } = visit;
  const record = await onRecord(visit, der);
  if (record.asked?.type === 'LSC') return { record, decision: decideOnLsc(record, record.asked, services.clock()) };
  try {
    const shown = verifyCertificate(der, deviceName, await services.trust.current(), services.clock());
    if (standingOf(shown, record) !== 'mic') {
      return { record, decision: keyRefused('The phone showed an LSC of another cluster, without a proof.') };
    }
    const decision = decideOnMic(record, shown, 'fetched');
    if (decision.mic) services.trust.countUse(shown.anchor);
    return { record, decision };
  } catch (fault) {
    if (!(fault instanceof ProofRefused)) throw fault;
    return { record, decision: keyRefused(fault.message) };
  }
}

async function onRecord({ services, device }: Visit, der?: Uint8Array): Promise<KeyOnRecord> {
  const record = await readKeyOnRecord(services.database, device, der, der && keyIn(der));
  if (record === undefined) throw superseded();
  return record;
}

function keyIn(der: Uint8Array): Uint8Array | undefined {
  try {
    return readCertificate(der).spki;
  } catch (fault) {
    if (!(fault instanceof PkiError)) throw fault;
    return undefined;
  }
}

async function carryOut(visit: Visit, { record, decision }: Decided): Promise<void> {
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
