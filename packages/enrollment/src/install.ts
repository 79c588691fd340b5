import { keyTypeName } from '@opencapf/pki';
import { keyGenerateRequest, Reason, storeCertificateRequest } from '@opencapf/protocol';
import { finishInstall, noteRefused } from '@opencapf/store';
import type { KnownAuthority } from './authorities.js';
import { reasonWords } from './dialogue.js';
import { EnrollmentError } from './errors.js';
import { issueElsewhere, readyCertificate } from './issuing-elsewhere.js';
import { issueHere } from './issuing-here.js';
import type { MadeKey, SendableCertificate } from './made-key.js';
import type { OperationSession } from './operation-session.js';
import { wantedKeys } from './requested-key.js';
import { AttemptEnded, superseded } from './session-ends.js';

/**
 * Install/Upgrade: the phone makes a key, gets a certificate for it, and says that it stored it. One that comes back for what
 * an authority elsewhere was asked for is spared the key.
 *
 * @returns the reason for END_SESSION
 * @throws AttemptEnded, OperationFailed
 */
export async function install(session: OperationSession): Promise<number> {
  const authority = await authorityOf(session);
  const certificate = (await readyCertificate(session, authority)) ?? (await newCertificate(session, authority));
  await askToStore(session, authority, certificate);
  return await recordInstalled(session);
}

/** Certificate Issuer to Endpoint. */
async function authorityOf({ device, services }: OperationSession): Promise<KnownAuthority> {
  try {
    if (device.issuer === undefined) throw new EnrollmentError('authority-unusable', 'There is no default.');
    const authority = await services.authorities.of(device.issuer, device.authorityVersion);
    if (authority.state === 'active') return authority;
    throw new EnrollmentError('authority-unusable', `${authority.name} is ${authority.state}.`);
  } catch (cause) {
    if (!(cause instanceof EnrollmentError)) throw cause;
    throw new AttemptEnded('authority-unusable', cause.message, 'hangUp', { cause });
  }
}

async function newCertificate(session: OperationSession, authority: KnownAuthority): Promise<SendableCertificate> {
  const key = await askForKey(session);
  return authority.terms === undefined
    ? await issueHere(session, authority, key)
    : await issueElsewhere(session, authority, key);
}

/** Asks for the preferred key, and for the backup when the phone makes none of the preferred kind. */
async function askForKey({ phone, version, operation, services }: OperationSession): Promise<MadeKey> {
  const refusals: string[] = [];
  for (const wanted of wantedKeys(operation, version)) {
    const request = keyGenerateRequest(phone.sessionId, wanted.request);
    const { publicKey, reason } = await phone.answerTo(request, services.deadlines.keyGeneration);
    if (publicKey !== undefined) return { publicKey, wanted };
    refusals.push(`The phone made no ${keyTypeName(wanted.type)} key${reasonWords(reason)}.`);
  }
  throw new AttemptEnded('key-generation-failed', refusals.join(' '));
}

async function askToStore(
  session: OperationSession,
  { terms }: KnownAuthority,
  { id, der }: SendableCertificate,
): Promise<void> {
  const { phone, services, work } = session;
  session.sent = { certificate: id, sentAt: services.clock() };
  const request = storeCertificateRequest(phone.sessionId, der);
  const { reason } = await phone.answerTo(request, services.deadlines.store);
  if (reason === Reason.UPDATE_CERTIFICATE) return;
  if (terms !== undefined) await noteRefused(services.database, work, id);
  throw new AttemptEnded('certificate-not-stored', `The phone did not store the certificate${reasonWords(reason)}.`);
}

async function recordInstalled({ phone, services, work, sent }: OperationSession): Promise<number> {
  const ending = phone.ending('installed', Reason.UPDATE_CERTIFICATE);
  if (sent === undefined || !(await finishInstall(services.database, work, sent, ending))) throw superseded();
  return Reason.UPDATE_CERTIFICATE;
}
