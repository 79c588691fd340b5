import { authRequest, type Complete, isProtocolVersion, ProtocolError, Reason } from '@opencapf/protocol';
import { expireOperation, findDevice, type KnownDevice, type OpenOperation } from '@opencapf/store';
import type { Conversation } from './conversation.js';
import { Dialogue } from './dialogue.js';
import { carryOutProbe, probeFor } from './probe/probe-session.js';
import { refuse } from './refusal.js';
import type { EnrollmentServices } from './services.js';
import type { Introduced, Spoken } from './session-beginning.js';
import { AttemptEnded, asAttemptEnded } from './session-ends.js';
import { visit } from './visit.js';
import { workOnOperation } from './work-on-operation.js';

/**
 * Serves one phone from the greeting to the end. Whatever the phone, the database or the authority does, it resolves, and
 * the conversation is closed: with END_SESSION where the session is over by the rules, without it where the fault is ours
 * and the phone should try again.
 *
 * A session is recorded from when the phone has introduced itself, or was refused for what it sent instead. Who connects and
 * says nothing is nobody's session, and only logged.
 */
export async function serveSession(conversation: Conversation, services: EnrollmentServices): Promise<void> {
  const phone = new Dialogue(conversation, services.clock, services.elapsed);
  const known: { name?: string | undefined } = {};
  let endReason: number | undefined;
  try {
    const introduction = await introductionOf(phone, services);
    known.name = introduction.deviceName?.slice(0, 128);
    endReason =
      'fault' in introduction
        ? await refuseUnintroduced({ phone, introduction, services }, introduction.fault)
        : await serveIntroduced({ phone, introduction, services });
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
  // Whatever came of it, and for strangers too: who waits is not to tell which devices are known.
  if (endReason !== undefined) await services.knownEverywhere();
  await phone.end(endReason);
}

/** What a phone that did not introduce itself sent instead. */
interface Unintroduced {
  /** Where it can be read. */
  readonly deviceName?: string;
  readonly fault: AttemptEnded;
}

/** @throws AttemptEnded for whoever says nothing */
async function introductionOf(
  phone: Dialogue,
  { deadlines }: EnrollmentServices,
): Promise<Complete<'AuthResponse'> | Unintroduced> {
  try {
    return await phone.answerTo(authRequest(phone.sessionId), deadlines.authentication);
  } catch (fault) {
    if (!(fault instanceof AttemptEnded) || fault.endReason === undefined) throw fault;
    const { cause } = fault;
    const deviceName = cause instanceof ProtocolError ? cause.deviceName : undefined;
    return { ...(deviceName === undefined ? {} : { deviceName }), fault };
  }
}

async function refuseUnintroduced(spoken: Spoken, { outcome, message: words }: AttemptEnded): Promise<number> {
  const { deviceName } = spoken.introduction;
  const device = deviceName === undefined ? undefined : await findDevice(spoken.services.database, deviceName);
  return await refuse(spoken, { outcome, device, words });
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
  const probe = await probeFor(device, services);
  if (probe !== undefined) return await carryOutProbe(introduced, version, device, probe);
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
