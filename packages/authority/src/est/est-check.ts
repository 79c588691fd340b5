import { type CertificateRecord, PkiError, readCertificate } from '@opencapf/pki';
import type { CheckStep } from '../authority.js';
import { issuingCertificateStep, nameStep, shownIssuerStep } from '../dry-run.js';
import { AuthorityError, type AuthorityErrorCode } from '../errors.js';
import { type HttpAnswer, statusFailure } from '../http/index.js';

/** What a dry run is made with. */
export interface EstCheck {
  /** `host:port`, for words. */
  readonly host: string;
  /** Of the URL. */
  readonly hostname: string;
  readonly path: string;
  readonly proofOfPossession: 'none' | 'phone';
  /** The certificate that LSCs are signed by, DER: the trust anchor for issued LSCs. */
  readonly issuerCertificate: Uint8Array;
  readonly now: Date;
  get(resource: 'cacerts' | 'csrattrs'): Promise<HttpAnswer>;
  /** At /simpleenroll. */
  post(body: string): Promise<HttpAnswer>;
  /** @throws AuthorityError */
  readCertificates(answer: HttpAnswer): readonly Uint8Array[];
}

/** Tries everything but a request that could be granted, in the order in which one thing rests on the other. */
export async function* checkEst(check: EstCheck): AsyncIterable<CheckStep> {
  const name = await nameStep(check.hostname);
  yield name;
  if (name.outcome === 'failed') return;
  const issuer = readCertificate(check.issuerCertificate);
  try {
    const tls = await checkTls(check);
    yield* tls.steps;
    if (tls.answer === undefined) return;
    yield await checkLogin(check);
    const shown = checkCaCerts(check, tls.answer);
    yield shown.step;
    if (shown.certificates !== undefined) yield shownIssuerStep(shown.certificates, issuer);
    yield issuingCertificateStep(issuer, check.now);
    yield await checkAttributes(check);
  } catch (fault) {
    if (!(fault instanceof AuthorityError)) throw fault;
    yield { name: `connection to ${check.host}`, outcome: 'failed', detail: fault.message };
    return;
  }
  if (check.proofOfPossession === 'none') {
    yield {
      name: 'proof of possession',
      outcome: 'warning',
      detail:
        'EST wants a PKCS#10 that is signed with the key (RFC 7030, 3.4), and proofOfPossession is none: most authorities deny every request then. Set it to phone (provisional), have the authority let this registration authority vouch for keys, or use one that needs no proof, such as CMP.',
    };
  }
}

interface TlsSteps {
  readonly steps: readonly CheckStep[];
  /** To /cacerts, when there is one. */
  readonly answer?: HttpAnswer;
}

async function checkTls(check: EstCheck): Promise<TlsSteps> {
  const tls = `TLS to ${check.host}`;
  const vouched: CheckStep = {
    name: tls,
    outcome: 'ok',
    detail: 'The HTTPS certificate is for this host and vouched for by the trust anchor for HTTPS.',
  };
  try {
    return { steps: [vouched], answer: await check.get('cacerts') };
  } catch (fault) {
    if (!(fault instanceof AuthorityError)) throw fault;
    const detail = fault.message;
    const failedAt: Partial<Record<AuthorityErrorCode, string>> = {
      'authority-certificate-untrusted': tls,
      'authority-login-refused': 'login',
    };
    const name = failedAt[fault.code] ?? `connection to ${check.host}`;
    const failed: CheckStep = { name, outcome: 'failed', detail };
    return { steps: fault.code === 'authority-login-refused' ? [vouched, failed] : [failed] };
  }
}

/** /cacerts is open to everybody (RFC 7030, 4.1.2), so the login is tried with a request that asks for nothing. */
async function checkLogin(check: EstCheck): Promise<CheckStep> {
  const name = 'login';
  const answer = await check.post('');
  const failure = statusFailure(answer, check.host, check.now);
  if (failure?.code === 'authority-login-refused' || failure?.code === 'authority-not-found') {
    return { name, outcome: 'failed', detail: failure.message };
  }
  if (failure?.code === 'authority-busy') return { name, outcome: 'warning', detail: failure.message };
  return { name, outcome: 'ok', detail: 'An empty request is refused as empty, not for who sent it.' };
}

function checkCaCerts(
  check: EstCheck,
  answer: HttpAnswer,
): { readonly step: CheckStep; readonly certificates?: readonly CertificateRecord[] } {
  const name = `CA certificates at ${check.path}cacerts`;
  const failure = statusFailure(answer, check.host, check.now);
  if (failure !== undefined) return { step: { name, outcome: 'failed', detail: failure.message } };
  try {
    const certificates = check.readCertificates(answer).map((der) => readCertificate(der));
    return { step: { name, outcome: 'ok', detail: `There are ${certificates.length}.` }, certificates };
  } catch (fault) {
    if (!(fault instanceof AuthorityError || fault instanceof PkiError)) throw fault;
    return { step: { name, outcome: 'failed', detail: fault.message } };
  }
}

/** DER of the object identifier challengePassword, 1.2.840.113549.1.9.7. */
const challengePassword = '06092a864886f70d010907';

/** What the authority wants to find in requests (RFC 7030, 4.5). They stay as they are: of interest is what cannot be done. */
async function checkAttributes(check: EstCheck): Promise<CheckStep> {
  const name = 'CSR attributes';
  const { status, body } = await check.get('csrattrs');
  if (status === 204 || status === 404 || status === 501) {
    return { name, outcome: 'ok', detail: 'The authority wants none.' };
  }
  if (status !== 200) return { name, outcome: 'warning', detail: `They answer with HTTP status ${status}.` };
  const der = Buffer.from(Buffer.from(body).toString('latin1'), 'base64').toString('hex');
  return der.includes(challengePassword)
    ? {
        name,
        outcome: 'warning',
        detail:
          'The authority wants requests that are bound to their TLS connection (challengePassword), which a registration authority cannot make for phones. Switch that off for it.',
      }
    : { name, outcome: 'ok', detail: 'The authority wants some; nothing among them keeps it from taking requests.' };
}
