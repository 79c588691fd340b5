import { certificateMd5, keyTypeName, PkiError, publicKeyMd5, readCertificate, sha256Hex, toPem } from '@opencapf/pki';
import { type CommandName, reasonName } from '@opencapf/protocol';
import type { Enrollment, SessionStep } from './enroll.js';
import type { Outcome, Shown } from './outcome.js';
import type { TlsFacts } from './phone-tls.js';
import type { Stage } from './stage.js';

/** An {@link Enrollment} for scripts and reports: plain JSON, without private keys and authentication strings. */
export interface EnrollmentDescription {
  readonly outcome: Outcome['kind'];
  /** The same in a sentence. */
  readonly message: string;
  /** The error's code, where there is one. */
  readonly code?: string;
  /** How far the session had come, where that matters. */
  readonly stage?: Stage;
  readonly sessionId?: number;
  /** Of END_SESSION. */
  readonly reason?: number;
  /** Its name in the wire document, where it has one. */
  readonly reasonName?: string;
  readonly tls?: TlsFacts;
  /** The LSC that was installed. */
  readonly certificate?: CertificateDescription;
  /** What the phone showed, in the order of the requests; null for what it does not have. */
  readonly shown?: readonly { readonly type: Shown['type']; readonly certificate: CertificateDescription | null }[];
  readonly steps: readonly StepDescription[];
}

/** A certificate for scripts and reports. Hashes are lower-case hex, dates ISO 8601. */
export interface CertificateDescription {
  readonly pem: string;
  /** MD5 over the DER: what phones compare with `certHash`. */
  readonly md5: string;
  readonly sha256: string;
  /** What follows is missing for a certificate that cannot be read. */
  readonly publicKeyMd5?: string;
  readonly key?: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly serial?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
}

/** A step for scripts and reports. */
export interface StepDescription {
  /** ISO 8601. */
  readonly at: string;
  /** Milliseconds since the first step. */
  readonly elapsedMs: number;
  readonly event: SessionStep['event'];
  readonly command?: CommandName;
  readonly reason?: number;
  /** E.g. `RSA 2048`. */
  readonly key?: string;
}

/** Describes what came of a visit. */
export function describeEnrollment({ outcome, sessionId, endReason, tls, steps }: Enrollment): EnrollmentDescription {
  const [first] = steps;
  const name = endReason === undefined ? undefined : reasonName(endReason);
  return {
    outcome: outcome.kind,
    message: describeOutcome(outcome),
    ...('fault' in outcome ? { code: outcome.fault.code } : {}),
    ...('stage' in outcome ? { stage: outcome.stage } : {}),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(endReason === undefined ? {} : { reason: endReason }),
    ...(name === undefined ? {} : { reasonName: name }),
    ...(tls === undefined ? {} : { tls }),
    ...(outcome.kind === 'installed' ? { certificate: describeCertificate(outcome.lsc.certificate) } : {}),
    ...('shown' in outcome ? { shown: outcome.shown.map(describeShown) } : {}),
    steps: steps.map((step) => describeStep(step, first?.at ?? step.at)),
  };
}

/** What an outcome means, in a sentence for people. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'installed':
      return 'The phone stored a new LSC.';
    case 'deleted':
      return outcome.hadLsc ? 'The phone deleted its LSC.' : 'The phone had no LSC to delete.';
    case 'fetched':
      return `The phone showed ${types(outcome.shown.filter(({ certificate }) => certificate !== undefined))}.`;
    case 'nothingFetched':
      return `The server asked for ${types(outcome.shown)}, which this phone does not have, and nothing changed.`;
    case 'nothingPending':
      return 'No operation is pending for this phone.';
    case 'refused':
      return `The server refused the phone (END_SESSION 7, ${outcome.stage}).`;
    case 'unknownDevice':
      return 'The server does not know this device (END_SESSION 9).';
    case 'ended':
      return outcome.by === 'RetryLater'
        ? 'The server told the phone to come again later (RETRY_LATER).'
        : `The server ended the session with reason ${outcome.reason} (${outcome.stage}).`;
    case 'notKept':
      return `The phone could not write down what it was told to: ${textOf(outcome.cause)}`;
    case 'storeRejected':
    case 'connectionFault':
    case 'tlsFault':
    case 'protocolFault':
      return outcome.fault.message;
    case 'left':
      return `The phone left (${outcome.departure}, ${outcome.stage}).`;
  }
}

function types(shown: readonly Shown[]): string {
  return shown.map(({ type }) => `its ${type.toUpperCase()}`).join(' and ');
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function describeShown({ type, certificate }: Shown) {
  return { type, certificate: certificate === undefined ? null : describeCertificate(certificate) };
}

function describeCertificate(der: Uint8Array): CertificateDescription {
  const bytes = { pem: toPem('CERTIFICATE', der), md5: certificateMd5(der), sha256: sha256Hex(der) };
  try {
    const { spki, keyType, subject, issuer, serial, notBefore, notAfter } = readCertificate(der);
    return {
      ...bytes,
      publicKeyMd5: publicKeyMd5(spki),
      ...(keyType === undefined ? {} : { key: keyTypeName(keyType) }),
      subject,
      issuer,
      serial,
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    };
  } catch (fault) {
    if (!(fault instanceof PkiError)) throw fault;
    return bytes;
  }
}

function describeStep({ at, event, command, reason, key }: SessionStep, start: number): StepDescription {
  return {
    at: new Date(at).toISOString(),
    elapsedMs: Math.round((at - start) * 1000) / 1000,
    event,
    ...(command === undefined ? {} : { command }),
    ...(reason === undefined ? {} : { reason }),
    ...(key === undefined ? {} : { key: keyTypeName(key) }),
  };
}
