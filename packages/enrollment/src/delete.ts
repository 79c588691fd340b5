import { deleteCertificateRequest, Reason } from '@opencapf/protocol';
import { finishDelete } from '@opencapf/store';
import { reasonWords } from './dialogue.js';
import type { OperationSession } from './operation-session.js';
import { AttemptEnded, superseded } from './session-ends.js';

/**
 * Delete: the phone removes its LSC. It is done also when the phone had none
 * (capf-wire-protocol.md, section 4: INVALID_ELEMENT says so).
 *
 * @returns the reason for END_SESSION
 * @throws AttemptEnded, OperationFailed
 */
export async function deleteCertificate({ phone, services, work }: OperationSession): Promise<number> {
  const request = deleteCertificateRequest(phone.sessionId);
  const { reason } = await phone.answerTo(request, services.deadlines.delete);
  if (reason !== Reason.UPDATE_CERTIFICATE && reason !== Reason.INVALID_ELEMENT) {
    throw new AttemptEnded(
      'certificate-not-deleted',
      `The phone did not delete its certificate${reasonWords(reason)}.`,
    );
  }
  const words =
    reason === Reason.UPDATE_CERTIFICATE ? 'The phone deleted its LSC.' : 'The phone says that it had no LSC.';
  const ending = phone.ending('deleted', Reason.UPDATE_CERTIFICATE, words);
  if (!(await finishDelete(services.database, work, words, ending))) throw superseded();
  return Reason.UPDATE_CERTIFICATE;
}
