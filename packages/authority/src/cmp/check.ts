import { lookup } from 'node:dns/promises';
import type { CertificateRecord } from '@opencapf/pki';
import type { CheckStep } from '../authority.js';
import { AuthorityError } from '../errors.js';
import { readCaCertificates, readError } from './answer-bodies.js';
import { type AnswerMessage, bodyKind } from './message.js';
import type { AnswerTrust } from './protection-check.js';
import { refusesProtection, statusText } from './status.js';

/** What a dry run looks at. */
export interface CheckedAuthority {
  readonly url: URL;
  readonly trust: AnswerTrust;
  /** The certificate that LSCs are signed by. */
  readonly issuer: CertificateRecord;
  readonly now: () => Date;
  /** Asks for the certificates of the CA; resolves to what is believed, be it an error. */
  askInGeneral(signal: AbortSignal): Promise<AnswerMessage>;
}

/** Tries what can be tried without asking for a certificate; what needs no connection first. */
export async function* checkCmp(checked: CheckedAuthority, signal: AbortSignal): AsyncIterable<CheckStep> {
  yield checkIssuer(checked);
  if (checked.trust.anchors.length > 0) yield checkAnchors(checked);
  const resolved = await resolveHost(checked.url);
  yield resolved;
  if (resolved.outcome !== 'failed') yield* askInGeneral(checked, signal);
}

function checkIssuer({ issuer, now }: CheckedAuthority): CheckStep {
  const name = 'issuing certificate';
  const flaw = flawOf(issuer, now());
  if (flaw !== undefined) return { name, outcome: 'failed', detail: `"${issuer.subject}" ${flaw}` };
  return { name, outcome: 'ok', detail: `LSCs are to be signed by "${issuer.subject}".` };
}

function flawOf({ isCa, keyUsage, notBefore, notAfter }: CertificateRecord, now: Date): string | undefined {
  if (!isCa || keyUsage?.includes('keyCertSign') === false) {
    return 'may not issue: it lacks CA:TRUE or the key usage keyCertSign. Give the certificate that LSCs are signed by.';
  }
  if (now > notAfter) return `expired on ${notAfter.toISOString()}. Give the one that stands in its place.`;
  if (now < notBefore) return `is valid from ${notBefore.toISOString()} on. Check the clock of this machine.`;
  return undefined;
}

function checkAnchors({ trust: { anchors }, now }: CheckedAuthority): CheckStep {
  const name = "trust anchors for the authority's signatures";
  const expired = anchors.filter(({ notAfter }) => notAfter < now());
  const subjects = (of: readonly CertificateRecord[]) => of.map(({ subject }) => `"${subject}"`).join(', ');
  if (expired.length === 0) return { name, outcome: 'ok', detail: `${subjects(anchors)}.` };
  const outcome = expired.length === anchors.length ? 'failed' : 'warning';
  return { name, outcome, detail: `Expired: ${subjects(expired)}. Give those that stand in their place.` };
}

async function resolveHost({ hostname }: URL): Promise<CheckStep> {
  const name = `name ${hostname}`;
  try {
    const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
    return { name, outcome: 'ok', detail: `It is ${addresses.map(({ address }) => address).join(', ')}.` };
  } catch {
    return { name, outcome: 'failed', detail: 'It cannot be resolved. Check the host in the URL, and DNS.' };
  }
}

/** One message and its answer try the way there, and the protection of both. */
async function* askInGeneral(checked: CheckedAuthority, signal: AbortSignal): AsyncIterable<CheckStep> {
  const { url } = checked;
  const way = `${url.protocol === 'https:' ? 'HTTPS' : 'HTTP'} to ${url.host}`;
  const reached: CheckStep = { name: way, outcome: 'ok', detail: 'It answers with CMP messages.' };
  let answer: AnswerMessage;
  try {
    answer = await checked.askInGeneral(signal);
  } catch (fault) {
    if (!(fault instanceof AuthorityError)) throw fault;
    const { code, message: detail } = fault;
    const unbelieved = code === 'authority-answer-unprotected' || code === 'authority-login-refused';
    if (unbelieved) yield reached;
    return yield { name: unbelieved ? 'protection' : way, outcome: 'failed', detail };
  }
  yield reached;
  yield* judgeAnswer(checked, answer);
}

function* judgeAnswer({ issuer, trust }: CheckedAuthority, answer: AnswerMessage): Iterable<CheckStep> {
  const said = answer.kind === bodyKind.error ? readError(answer) : undefined;
  const text = said && statusText(said, [trust.secret ?? '']);
  if (said !== undefined && refusesProtection(said)) {
    const detail = `The authority does not accept ours: "${text}". Correct reference and secret, or certificate and key.`;
    return yield { name: 'protection', outcome: 'failed', detail };
  }
  yield { name: 'protection', outcome: 'ok', detail: 'Each side accepts that of the other.' };
  const name = 'certificates of the CA';
  if (text !== undefined) {
    return yield { name, outcome: 'warning', detail: `The authority does not tell them over CMP: "${text}".` };
  }
  const told = answer.kind === bodyKind.genp ? readCaCertificates(answer) : [];
  if (told.length === 0) {
    return yield { name, outcome: 'warning', detail: 'The authority does not tell them over CMP.' };
  }
  yield told.some((certificate) => Buffer.compare(certificate, issuer.der) === 0)
    ? { name, outcome: 'ok', detail: 'The issuing certificate of the settings is among them.' }
    : {
        name,
        outcome: 'warning',
        detail: `The issuing certificate of the settings, "${issuer.subject}", is not among them.`,
      };
}
