import type { ProtocolVersion } from '@opencapf/protocol';
import { failOperation, type KnownDevice, type OpenOperation, releaseOperation } from '@opencapf/store';
import { admit } from './authentication.js';
import { deleteCertificate } from './delete.js';
import { install } from './install.js';
import type { OperationSession } from './operation-session.js';
import { refuse } from './refusal.js';
import type { Introduced } from './session-beginning.js';
import { asAttemptEnded, OperationFailed, superseded } from './session-ends.js';
import { operationFailures } from './session-outcomes.js';
import { troubleshoot } from './troubleshoot.js';

/**
 * A phone that came while an operation is queued for it.
 *
 * @returns the reason for END_SESSION; undefined to hang up
 */
export async function workOnOperation(
  introduced: Introduced,
  version: ProtocolVersion,
  device: KnownDevice,
  operation: OpenOperation,
): Promise<number | undefined> {
  const { phone, services } = introduced;
  const admission = await admit(introduced, device, operation);
  if ('refusal' in admission) {
    const words = 'words' in admission ? admission.words : undefined;
    return await refuse(introduced, { outcome: admission.refusal, device, operation, words });
  }

  const id = admission.session;
  const session: OperationSession = {
    phone,
    version,
    device,
    operation,
    work: { operation: operation.id, session: id },
    services,
    sent: undefined,
  };
  services.live.enterWorker(device.id, id, phone);
  try {
    phone.authenticated();
    return await carryOut(session);
  } catch (fault) {
    return await settle(session, fault);
  } finally {
    services.live.leave(device.id, id);
  }
}

async function carryOut(session: OperationSession): Promise<number> {
  const { kind } = session.operation;
  switch (kind) {
    case 'install':
      return await install(session);
    case 'delete':
    case 'troubleshoot':
      // A version-2 client breaks on the empty requests (capf-wire-protocol.md, section 8).
      if (session.version === 2) {
        throw new OperationFailed('phone-version-too-old', operationFailures['phone-version-too-old']);
      }
      return kind === 'delete' ? await deleteCertificate(session) : await troubleshoot(session);
  }
}

/** What becomes of an operation whose procedure did not come to its end. */
async function settle(session: OperationSession, fault: unknown): Promise<number | undefined> {
  const { phone, work, services, sent } = session;
  if (fault instanceof OperationFailed) {
    const { code, message: words, endReason, report } = fault;
    const ending = phone.ending('operation-failed', endReason, words);
    const done = await failOperation(services.database, work, { code, words }, ending, report);
    // Another session works on the operation: this one ends by itself.
    return done ? endReason : await settle(session, superseded());
  }
  const end = asAttemptEnded(fault);
  if (end.outcome === 'service-fault')
    services.log.error({ err: fault, ...work }, 'a session broke by a fault of ours');
  const cause = { code: end.outcome, words: end.message };
  const ending = phone.ending(end.outcome, end.endReason, end.message);
  await releaseOperation(services.database, work, cause, sent, ending);
  return end.endReason;
}
