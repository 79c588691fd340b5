import { AuthorityError, type CertificateIntent, type PreparedCertificate } from '@opencapf/authority';
import { keyTypeName, PkiError } from '@opencapf/pki';
import { keyGenerateRequest, Reason, storeCertificateRequest } from '@opencapf/protocol';
import { finishInstall, type Intended, intendCertificate, recordIssued } from '@opencapf/store';
import { reasonWords } from './dialogue.js';
import type { OperationSession } from './operation-session.js';
import { type WantedKey, wantedKeys } from './requested-key.js';
import { AttemptEnded, OperationFailed, superseded } from './session-ends.js';
import { operationFailures } from './session-outcomes.js';

/** DER SubjectPublicKeyInfo that a phone made, and what it was asked for. */
interface MadeKey {
  readonly publicKey: Uint8Array;
  readonly wanted: WantedKey;
}

/** A certificate on record that may go to the phone. */
interface IssuedCertificate {
  readonly id: number;
  /** DER. */
  readonly der: Uint8Array;
}

/**
 * Install/Upgrade: the phone makes a key, gets a certificate for it, and says that it stored it.
 *
 * @returns the reason for END_SESSION
 * @throws AttemptEnded, OperationFailed
 */
export async function install(session: OperationSession): Promise<number> {
  const key = await askForKey(session);
  const certificate = await obtainCertificate(session, key);
  await askToStore(session, certificate);
  return await recordInstalled(session);
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

/** The issuance cycle: intend, sign, commit the signature; only then may a byte of it go to the phone. */
async function obtainCertificate(session: OperationSession, key: MadeKey): Promise<IssuedCertificate> {
  const prepared = await prepare(session, key);
  const { serial, tbs } = intentOf(prepared);
  const intended = await intendCertificate(session.services.database, session.work, {
    issuer: session.services.issuer.id,
    serial,
    publicKey: key.publicKey,
    tbs,
  });
  switch (intended.standing) {
    case 'intended':
      return await sign(session, prepared, intended.certificate);
    case 'intendedBefore':
      return await sign(session, await takeUp(session, key, intended), intended.certificate);
    case 'issuedBefore':
      return { id: intended.certificate, der: intended.der };
    case 'revokedBefore':
      throw new OperationFailed('certificate-revoked', operationFailures['certificate-revoked']);
    case 'keyOfAnother':
      throw new OperationFailed(
        'public-key-of-another-device',
        `The public key is on record for ${intended.other}. ${operationFailures['public-key-of-another-device']}`,
      );
    case 'lost':
      throw superseded();
  }
}

/** Settles the certificate; the authority checks the key first. */
async function prepare({ device, services }: OperationSession, key: MadeKey): Promise<PreparedCertificate> {
  try {
    const prepared = await services.issuer.authority.prepare({
      deviceName: device.name,
      spki: key.publicKey,
      expectedKey: key.wanted.type,
      now: services.clock(),
    });
    for (const { code, message } of prepared.warnings) services.log.warn({ device: device.name, code }, message);
    return prepared;
  } catch (fault) {
    if (fault instanceof PkiError && fault.code.startsWith('public-key-')) {
      throw new OperationFailed(fault.code, fault.message);
    }
    throw fault;
  }
}

/** Takes up what an earlier session intended for this key, so that no second certificate comes to be. */
async function takeUp(
  { device, services }: OperationSession,
  { publicKey }: MadeKey,
  { serial, tbs }: Intended & { readonly standing: 'intendedBefore' },
): Promise<PreparedCertificate> {
  const intent: CertificateIntent = { kind: 'certificate', serial, tbs };
  return await services.issuer.authority.resume({
    deviceName: device.name,
    spki: publicKey,
    intent,
    now: services.clock(),
  });
}

async function sign(
  { services, work }: OperationSession,
  prepared: PreparedCertificate,
  id: number,
): Promise<IssuedCertificate> {
  const issued = await services.issuer.authority.issue(prepared);
  if (issued.state !== 'issued') throw new AuthorityError('authority-setting-invalid');
  const { certificate: der, ...facts } = issued;
  if (!(await recordIssued(services.database, work, id, { der, ...facts }))) throw superseded();
  return { id, der };
}

async function askToStore(session: OperationSession, { id, der }: IssuedCertificate): Promise<void> {
  const { phone, services } = session;
  session.sent = { certificate: id, sentAt: services.clock() };
  const request = storeCertificateRequest(phone.sessionId, der);
  const { reason } = await phone.answerTo(request, services.deadlines.store);
  if (reason !== Reason.UPDATE_CERTIFICATE) {
    throw new AttemptEnded('certificate-not-stored', `The phone did not store the certificate${reasonWords(reason)}.`);
  }
}

async function recordInstalled({ phone, services, work, sent }: OperationSession): Promise<number> {
  const ending = phone.ending('installed', Reason.UPDATE_CERTIFICATE);
  if (sent === undefined || !(await finishInstall(services.database, work, sent, ending))) throw superseded();
  return Reason.UPDATE_CERTIFICATE;
}

function intentOf({ intent }: PreparedCertificate): CertificateIntent {
  if (intent.kind !== 'certificate') throw new AuthorityError('intended-certificate-mismatch');
  return intent;
}
