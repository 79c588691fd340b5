import { beginProvenOperation, type KnownDevice, type OpenOperation } from '@opencapf/store';
import type { Admission } from './admission.js';
import { checkIdentityProof } from './identity-proof.js';
import { describeProof, type Precedence, provenIdentity, weighPrecedence } from './precedence.js';
import { beginningOf, type Introduced } from './session-beginning.js';
import { AttemptEnded, operationGone, ProofRefused } from './session-ends.js';
import { sessionOutcomes } from './session-outcomes.js';

/**
 * By Existing Certificate: the phone proves itself with its LSC or its MIC. What it shows on the wire is refused with the same
 * reason whatever is wrong; the session's record says which check failed.
 *
 * @throws AttemptEnded
 */
export async function admitByCertificate(
  introduced: Introduced,
  device: KnownDevice,
  operation: OpenOperation,
  precedence: Precedence,
): Promise<Admission> {
  try {
    return { session: await begin(introduced, device, operation, precedence) };
  } catch (fault) {
    if (!(fault instanceof ProofRefused)) throw fault;
    return { refusal: fault.outcome, words: fault.message };
  }
}

async function begin(
  introduced: Introduced,
  device: KnownDevice,
  operation: OpenOperation,
  precedence: Precedence,
): Promise<number> {
  const { phone, services } = introduced;
  const proof = await checkIdentityProof(introduced, device);
  const acceptance = weighPrecedence(precedence, proof, services.proofs.strictPrecedence);
  const proven = provenIdentity(proof, acceptance, services.clock());
  const beginning = beginningOf(introduced, device, operation, true);
  const begun = await beginProvenOperation(services.database, operation.id, beginning, proven);
  switch (begun.outcome) {
    case 'begun':
      phone.remark(describeProof(proof, acceptance.warnings));
      return begun.session;
    case 'gone':
      throw operationGone();
    case 'changed':
      throw new AttemptEnded('record-changed', sessionOutcomes['record-changed'], 'hangUp');
  }
}
