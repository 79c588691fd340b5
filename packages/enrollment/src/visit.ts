import { ProtocolVersion, Reason } from '@opencapf/protocol';
import { beginVisit, endSessionRecord, type KnownDevice, recordVisit } from '@opencapf/store';
import { syncKey } from './key-sync.js';
import { beginningOf, type Introduced } from './session-beginning.js';
import { asAttemptEnded } from './session-ends.js';

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
  const beginning = beginningOf(introduced, device, undefined, false);
  if (version === ProtocolVersion.TWO) {
    await recordVisit(database, beginning, phone.ending('nothing-pending', Reason.INVALID_ELEMENT));
    return Reason.INVALID_ELEMENT;
  }
  const session = await beginVisit(database, beginning);
  live.enter(session);
  try {
    return await syncKey({ phone, device: device.id, deviceName: device.name, session, services });
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
