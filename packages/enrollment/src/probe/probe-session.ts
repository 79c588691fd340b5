import { randomBytes } from 'node:crypto';
import { certificationRequestInfo, PkiError } from '@opencapf/pki';
import {
  CertificateType,
  certificateSignature,
  DigestId,
  fetchCertificateRequest,
  keyGenerateRequest,
  type Party,
  ProtocolVersion,
  Reason,
  signCertificateRequest,
} from '@opencapf/protocol';
import { finishProbe, type KnownDevice, recordEndedSession, type TakenProbe, takeProbe } from '@opencapf/store';
import { type Dialogue, reasonWords } from '../dialogue.js';
import type { EnrollmentServices } from '../services.js';
import { beginningOf, type Introduced } from '../session-beginning.js';
import { type AttemptEnded, asAttemptEnded } from '../session-ends.js';
import { Anonymiser, type AnonymousMessage } from './anonymise.js';
import { isProbeExchange, type ProbeExchange } from './exchanges.js';
import { signatureForm } from './signature-form.js';

/** What a probe has shown, as JSON; `docs/probe.md` describes it. Nothing in it tells whose phone it was. */
export interface ProbeEvidence {
  readonly format: 1;
  readonly exchange: string;
  /** As the administrator says them; null: not said. */
  readonly model: string | null;
  readonly firmware: string | null;
  readonly capfVersion: number;
  readonly tlsVersion: string | null;
  readonly cipher: string | null;
  /** What came of it, each in a sentence; worked out before keys and signatures were replaced. */
  readonly findings: readonly string[];
  readonly messages: readonly EvidenceMessage[];
}

interface EvidenceMessage extends AnonymousMessage {
  readonly from: Party;
  /** Milliseconds since the first message. */
  readonly atMs: number;
}

/** The probe that waits for this device, if its time is not over: taken once and for all. */
export async function probeFor(
  { probe }: KnownDevice,
  { database, nodeId, clock }: EnrollmentServices,
): Promise<TakenProbe | undefined> {
  return probe === undefined ? undefined : await takeProbe(database, probe, nodeId, clock());
}

/**
 * Carries out a probe in place of what else the phone came for; nothing is changed on record. The phone has not proved who
 * it is, so a probe tells nothing to it but our questions.
 *
 * @returns the reason for END_SESSION; undefined to hang up, so that the phone comes again for what is queued
 */
export async function carryOutProbe(
  introduced: Introduced,
  version: ProtocolVersion,
  device: KnownDevice,
  probe: TakenProbe,
): Promise<number | undefined> {
  const { phone, services } = introduced;
  const { database, clock, elapsed } = services;
  const anonymiser = new Anonymiser(randomBytes(32), device.name);
  const messages: EvidenceMessage[] = [];
  const begun = elapsed();
  phone.tap((from, bytes) => {
    messages.push({ from, atMs: Math.round(elapsed() - begun), ...anonymiser.message(bytes) });
  });
  const findings: string[] = [];
  let phoneLeft = false;
  try {
    if (version === ProtocolVersion.TWO) findings.push('The phone speaks version 2 of CAPF: nothing was tried.');
    else if (isProbeExchange(probe.exchange)) {
      const attempt: Attempt = { phone, services, deviceName: device.name, findings };
      await exchanges[probe.exchange](attempt);
    }
  } catch (fault) {
    const { message, outcome } = faultOf(fault);
    findings.push(`${outcome}: ${message}`);
    phoneLeft = true;
  }
  const { tlsVersion, cipher, remoteAddress } = phone.peer;
  const evidence: ProbeEvidence = {
    format: 1,
    ...{ exchange: probe.exchange, model: probe.model ?? null, firmware: probe.firmware ?? null },
    ...{ capfVersion: version, tlsVersion: tlsVersion ?? null, cipher: cipher ?? null },
    findings,
    messages,
  };
  const endReason = phoneLeft || device.operation !== undefined ? undefined : Reason.NO_ACTION;
  await finishProbe(database, probe.id, device.name, evidence, clock(), remoteAddress);
  const beginning = beginningOf(introduced, device, undefined, false);
  await recordEndedSession(database, beginning, phone.ending('probed', endReason, findings.join(' ')));
  return endReason;
}

interface Attempt {
  readonly phone: Dialogue;
  readonly services: EnrollmentServices;
  readonly deviceName: string;
  readonly findings: string[];
}

/** Each may throw AttemptEnded. */
const exchanges: Readonly<Record<ProbeExchange, (attempt: Attempt) => Promise<void>>> = {
  signCertificate: async (attempt) => {
    const key = await makeKey(attempt);
    if (key !== undefined) await sign(attempt, key, DigestId.SHA256);
  },
  signOtherDigests: async (attempt) => {
    const key = await makeKey(attempt);
    if (key !== undefined && (await sign(attempt, key, DigestId.SHA512))) await sign(attempt, key, DigestId.SHA1);
  },
  fetchMicByType: async ({ phone, services, findings }) => {
    const request = fetchCertificateRequest(phone.sessionId, CertificateType.MIC);
    const { reason, certificate } = await phone.answerTo(request, services.deadlines.fetch);
    const shown = certificate === undefined ? 'no certificate' : `a certificate of ${certificate.der.length} bytes`;
    findings.push(`The phone answered with ${shown}${reasonWords(reason)}.`);
  },
};

async function makeKey({ phone, services, findings }: Attempt): Promise<Uint8Array | undefined> {
  const generation = { version: ProtocolVersion.THREE, key: { type: 'rsa', size: 2048 } } as const;
  const request = keyGenerateRequest(phone.sessionId, generation);
  const { publicKey, reason } = await phone.answerTo(request, services.deadlines.keyGeneration);
  if (publicKey === undefined) findings.push(`The phone made no key${reasonWords(reason)}.`);
  return publicKey;
}

/** @returns whether the phone answered with a signature */
async function sign(attempt: Attempt, spki: Uint8Array, digest: number): Promise<boolean> {
  const { phone, services, deviceName, findings } = attempt;
  const info = infoOf(deviceName, spki);
  if (info === undefined) {
    findings.push('The phone made a key that no request can be made for.');
    return false;
  }
  const answered = await phone.answerTo(
    signCertificateRequest(phone.sessionId, info, digest),
    services.deadlines.store,
  );
  const answer = certificateSignature(answered);
  findings.push(
    answer.kind === 'refused'
      ? `Digest ${digest}: the phone gave no signature${reasonWords(answer.reason)}.`
      : `Digest ${digest}: the phone gave ${answer.signature.length} bytes. Form: ${signatureForm(info, spki, answer.signature)}.`,
  );
  return answer.kind === 'signed';
}

function infoOf(deviceName: string, spki: Uint8Array): Uint8Array | undefined {
  try {
    return certificationRequestInfo({ deviceName, spki });
  } catch (fault) {
    if (fault instanceof PkiError) return undefined;
    throw fault;
  }
}

/** A fault of ours is none of the phone's, and not evidence. */
function faultOf(fault: unknown): AttemptEnded {
  const end = asAttemptEnded(fault);
  if (end.outcome === 'service-fault') throw fault;
  return end;
}
