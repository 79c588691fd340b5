import { ProtocolVersion, Reason } from '@opencapf/protocol';
import { beginVisit, endSessionRecord, type KnownDevice, noteSudi, recordAudit, recordVisit } from '@opencapf/store';
import { checkIdentityProof, type IdentityProof } from './identity-proof.js';
import { syncKey } from './key-sync.js';
import { describeProof, lenienceIn } from './precedence.js';
import { beginningOf, type Introduced } from './session-beginning.js';
import { asAttemptEnded, ProofRefused } from './session-ends.js';

/**
 * A phone that came although nothing is queued for it. A version-2 client is not asked for its certificate: it would break
 * on the empty request (capf-wire-protocol.md, section 8).
 *
 * @returns the reason for END_SESSION; undefined to hang up
 */
export async function visit(
  introduced: Introduced,
  version: ProtocolVersion,
  device: KnownDevice,
): Promise<number | undefined> {
  const { phone, services } = introduced;
  const { database, live } = services;
  const proof = version === ProtocolVersion.TWO ? undefined : await provenUnasked(introduced, device);
  const beginning = beginningOf(introduced, device, undefined, proof !== undefined);
  if (version === ProtocolVersion.TWO) {
    await recordVisit(database, beginning, phone.ending('nothing-pending', Reason.INVALID_ELEMENT));
    return Reason.INVALID_ELEMENT;
  }
  const session = await beginVisit(database, beginning);
  live.enter(session);
  try {
    return await syncKey({ phone, device: device.id, deviceName: device.name, session, proof, services });
  } catch (fault) {
    const end = asAttemptEnded(fault);
    if (end.outcome === 'service-fault')
      services.log.error({ err: fault, session }, 'a session broke by a fault of ours');
    await endSessionRecord(database, session, phone.ending(end.outcome, end.endReason, end.message));
    return end.endReason;
  } finally {
    live.leave(device.id, session);
  }
}

/** Nobody asked for a proof: one that does not hold is noted, and the phone is treated as if it had shown none. */
async function provenUnasked(introduced: Introduced, device: KnownDevice): Promise<IdentityProof | undefined> {
  const { phone, introduction, services } = introduced;
  if (introduction.certificate === undefined) return undefined;
  try {
    const proof = await checkIdentityProof(introduced, device);
    if (proof.sudi !== undefined && !proof.own.record.sudiSeen) {
      await noteSudi(services.database, device.id, services.clock());
    }
    const warnings = lenienceIn(proof);
    if (warnings.length > 0) {
      await recordAudit(services.database.queries, {
        actor: device.name,
        action: 'authentication.accept',
        subjectKind: 'device',
        subject: device.name,
        remoteAddress: phone.peer.remoteAddress,
        detail: { warnings },
      });
    }
    phone.remark(describeProof(proof, warnings));
    return proof;
  } catch (fault) {
    if (!(fault instanceof ProofRefused)) throw fault;
    phone.remark(`The proof that the phone showed does not hold: ${fault.message}`);
    return undefined;
  }
}
