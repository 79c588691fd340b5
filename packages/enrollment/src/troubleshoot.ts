import { PkiError, readCertificate, sha256Hex } from '@opencapf/pki';
import { CertificateType, fetchCertificateRequest, Reason } from '@opencapf/protocol';
import { finishTroubleshoot, readKeyOnRecord } from '@opencapf/store';
import { reasonWords } from './dialogue.js';
import type { OperationSession } from './operation-session.js';
import { OperationFailed, superseded } from './session-ends.js';

/** What a fetch brought, as the operation's report holds it. */
export type FetchReport =
  | { readonly found: false; readonly reason: number }
  | {
      readonly found: true;
      /** Text (RFC 4514). */
      readonly subject: string;
      readonly issuer: string;
      /** Lower-case hex. */
      readonly serial: string;
      readonly sha256: string;
      /** ISO 8601. */
      readonly notBefore: string;
      readonly notAfter: string;
      /** Whether this is the LSC that is on record as installed. */
      readonly onRecord: boolean;
      /** DER, base64. */
      readonly certificate: string;
    };

/** What a troubleshoot reports. `mic` is absent where it is not asked for. */
export interface TroubleshootReport {
  readonly lsc: FetchReport;
  readonly mic?: FetchReport;
}

/**
 * Troubleshoot: the phone shows its certificates, and what it shows is reported; nothing on record changes.
 *
 * The second request, for the MIC, is provisional: no phone was seen with it.
 *
 * @returns the reason for END_SESSION, NO_ACTION as after every fetch (capf-wire-protocol.md, section 5)
 * @throws AttemptEnded, OperationFailed
 */
export async function troubleshoot(session: OperationSession): Promise<number> {
  const { phone, services, work } = session;
  const lsc = await fetch(session);
  const report: TroubleshootReport = services.fetchMic
    ? { lsc, mic: await fetch(session, CertificateType.MIC) }
    : { lsc };
  if (!lsc.found && report.mic?.found !== true) throw nothingFound(lsc.reason, report);
  const words = [describe('LSC', lsc), describe('MIC', report.mic)].filter((line) => line !== '').join(' ');
  const ending = phone.ending('troubleshot', Reason.NO_ACTION, words);
  if (!(await finishTroubleshoot(services.database, work, words, report, ending))) throw superseded();
  return Reason.NO_ACTION;
}

async function fetch(session: OperationSession, type?: typeof CertificateType.MIC): Promise<FetchReport> {
  const { phone, services } = session;
  const request = fetchCertificateRequest(phone.sessionId, type);
  const { reason, certificate } = await phone.answerTo(request, services.deadlines.fetch);
  if (reason !== Reason.UPDATE_CERTIFICATE || certificate === undefined) return { found: false, reason };
  return await examine(session, certificate.der);
}

async function examine({ device, services }: OperationSession, der: Uint8Array): Promise<FetchReport> {
  const record = await readKeyOnRecord(services.database, device.id, der);
  try {
    const { subject, issuer, serial, notBefore, notAfter } = readCertificate(der);
    return {
      found: true,
      subject,
      issuer,
      serial,
      sha256: sha256Hex(der),
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      onRecord: record?.asked !== undefined && record.asked.id === record.lsc,
      certificate: Buffer.from(der).toString('base64'),
    };
  } catch (fault) {
    if (!(fault instanceof PkiError)) throw fault;
    throw new OperationFailed('certificate-shown-unreadable', fault.message, Reason.NO_ACTION);
  }
}

function nothingFound(reason: number, report: TroubleshootReport): OperationFailed {
  return reason === Reason.INVALID_ELEMENT
    ? new OperationFailed(
        'certificate-not-in-phone',
        'The phone says that it has no certificate.',
        Reason.NO_ACTION,
        report,
      )
    : new OperationFailed(
        'certificate-fetch-failed',
        `The phone did not show its certificate${reasonWords(reason)}.`,
        Reason.NO_ACTION,
        report,
      );
}

function describe(name: string, report: FetchReport | undefined): string {
  if (report === undefined) return '';
  if (!report.found) return `${name}: not shown${reasonWords(report.reason)}.`;
  const standing = name === 'LSC' ? (report.onRecord ? ', the one on record' : ', not the one on record') : '';
  return `${name}: ${report.subject}, serial ${report.serial}, valid until ${report.notAfter}${standing}.`;
}
