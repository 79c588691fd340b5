import { authRequest, isProtocolVersion, Reason } from '@opencapf/protocol';
import { expireOperation, findDevice, type KnownDevice, type OpenOperation } from '@opencapf/store';
import type { Conversation } from './conversation.js';
import { Dialogue } from './dialogue.js';
import { refuse } from './refusal.js';
import type { EnrollmentServices } from './services.js';
import type { Introduced } from './session-beginning.js';
import { asAttemptEnded } from './session-ends.js';
import { visit } from './visit.js';
import { workOnOperation } from './work-on-operation.js';

/**
 * Serves one phone from the greeting to the end. Whatever the phone, the database or the authority does, it resolves, and
 * the conversation is closed: with END_SESSION where the session is over by the rules, without it where the fault is ours
 * and the phone should try again.
 *
 * Sessions are recorded from when the phone has introduced itself; before, they are nobody's, and only logged.
 */
export async function serveSession(conversation: Conversation, services: EnrollmentServices): Promise<void> {
  const phone = new Dialogue(conversation, services.clock, services.elapsed);
  const known: { name?: string } = {};
  let endReason: number | undefined;
  try {
    const introduction = await phone.answerTo(authRequest(phone.sessionId), services.deadlines.authentication);
    known.name = introduction.deviceName.slice(0, 128);
    endReason = await serveIntroduced({ phone, introduction, services });
  } catch (fault) {
    const end = asAttemptEnded(fault);
    phone.ending(end.outcome, end.endReason, end.message);
    if (end.outcome === 'service-fault') services.log.error({ err: fault }, 'a session broke by a fault of ours');
    endReason = end.endReason;
  }
  const { outcome, reason } = phone.ended ?? {};
  const { remoteAddress: remote } = phone.peer;
  services.log.info(
    { device: known.name, remote, sessionId: phone.sessionId, outcome, reason, endReason },
    'session ended',
  );
  await phone.end(endReason);
}

async function serveIntroduced(introduced: Introduced): Promise<number | undefined> {
  const { introduction, services } = introduced;
  const device = await findDevice(services.database, introduction.deviceName);
  if (device === undefined) {
    const endReason = services.hideUnknownDevices ? Reason.INVALID_ELEMENT : Reason.UNKNOWN_DEVICE;
    return await refuse(introduced, { outcome: 'device-unknown', endReason });
  }
  const { version } = introduction;
  if (!isProtocolVersion(version)) return await refuse(introduced, { outcome: 'capf-version-unsupported', device });
  const operation = await operationFor(device, services);
  return operation === undefined
    ? await visit(introduced, version, device)
    : await workOnOperation(introduced, version, device, operation);
}

/** The operation that this session may work on. One whose time has passed ends here, unless a session is still at it. */
async function operationFor(
  { operation }: KnownDevice,
  { database, clock }: EnrollmentServices,
): Promise<OpenOperation | undefined> {
  if (operation === undefined || operation.completesBy > clock()) return operation;
  if (!operation.inProgress) await expireOperation(database, operation.id);
  return undefined;
}
