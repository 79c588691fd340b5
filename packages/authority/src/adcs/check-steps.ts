import { lookup } from 'node:dns/promises';
import { type CertificateRecord, readCertificate, verifySignedBy } from '@opencapf/pki';
import type { CheckStep } from '../authority.js';
import { AuthorityError } from '../errors.js';
import { CertsrvSession, type CertsrvSessionSettings, textOf } from './certsrv-session.js';
import { plainText } from './page-markup.js';

/** What a dry run looks at. */
export interface CheckedSettings {
  readonly hostname: string;
  readonly template: string;
  readonly proofOfPossession: 'none' | 'phone';
  /** The certificate that LSCs are signed by, DER: the trust anchor for issued LSCs. */
  readonly issuerCertificate: Uint8Array;
}

/** Tries everything but a request, in the order in which one thing rests on the other. */
export async function* checkCertsrv(
  session: CertsrvSessionSettings,
  settings: CheckedSettings,
  signal: AbortSignal,
): AsyncIterable<CheckStep> {
  const { host } = session.client;
  const steps: readonly [string, () => Promise<string | CheckStep[]>][] = [
    [`name ${settings.hostname}`, async () => await resolveName(settings.hostname)],
    [
      `TLS to ${host}`,
      async () => {
        await session.client.request({ method: 'GET', path: session.path }, signal);
        return 'The HTTPS certificate is for this host and vouched for by the trust anchor for HTTPS.';
      },
    ],
    ['login and pages', async () => await checkPages(session, settings, signal)],
  ];
  for (const [name, attempt] of steps) {
    try {
      const found = await attempt();
      if (typeof found === 'string') yield { name, outcome: 'ok', detail: found };
      else yield* found;
    } catch (fault) {
      if (!(fault instanceof AuthorityError)) throw fault;
      yield { name, outcome: 'failed', detail: fault.message };
      return;
    }
  }
  if (settings.proofOfPossession === 'none') {
    yield {
      name: 'proof of possession',
      outcome: 'warning',
      detail:
        'AD CS takes PKCS#10 requests that are signed with the key, and proofOfPossession is none: expect every request to be denied. Set it to phone (provisional), or use an authority that needs none.',
    };
  }
}

async function resolveName(hostname: string): Promise<string> {
  try {
    const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
    return `It is ${addresses.map(({ address }) => address).join(', ')}.`;
  } catch (cause) {
    const words = `${hostname} cannot be resolved. Check the host in the URL of the authority, and DNS.`;
    throw new AuthorityError('authority-unreachable', words, { cause });
  }
}

async function checkPages(
  settings: CertsrvSessionSettings,
  checked: CheckedSettings,
  signal: AbortSignal,
): Promise<CheckStep[]> {
  const steps: CheckStep[] = [];
  try {
    await CertsrvSession.within(settings, signal, async (session) => {
      const how =
        session.scheme === 'none' ? 'The pages ask for no login.' : `The login is accepted by ${session.scheme}.`;
      steps.push({ name: 'login', outcome: 'ok', detail: how });
      const chain = (await session.downloadChain(signal)).map((der) => readCertificate(der));
      steps.push({
        name: `pages at ${settings.path}`,
        outcome: 'ok',
        detail: 'They are those of AD CS web enrollment.',
      });
      steps.push(checkIssuer(chain, readCertificate(checked.issuerCertificate)));
      steps.push(await checkTemplate(session, checked.template, signal));
    });
  } catch (fault) {
    if (!(fault instanceof AuthorityError)) throw fault;
    const name = steps.length === 0 ? 'login' : steps.length === 1 ? `pages at ${settings.path}` : 'pages';
    steps.push({ name, outcome: 'failed', detail: fault.message });
  }
  return steps;
}

/** The CA's own certificate must be the one that issued LSCs are held against. */
function checkIssuer(chain: readonly CertificateRecord[], configured: CertificateRecord): CheckStep {
  const name = 'trust anchor for issued LSCs';
  const [current] = chain;
  if (current === undefined) return { name, outcome: 'failed', detail: 'The CA shows no certificate.' };
  if (Buffer.compare(current.spki, configured.spki) === 0 && current.subject === configured.subject) {
    return { name, outcome: 'ok', detail: `The CA is the issuer "${configured.subject}" of the settings.` };
  }
  const above =
    chain.some(({ der }) => Buffer.compare(der, configured.der) === 0) || verifySignedBy(current, configured);
  return {
    name,
    outcome: 'failed',
    detail: above
      ? `The CA signs as "${current.subject}", which stands below "${configured.subject}". Give the CA's own certificate as the issuing certificate.`
      : `The CA signs as "${current.subject}"; the settings say "${configured.subject}". Correct the issuing certificate.`,
  };
}

/** The page for requests lists the templates of users; those of machines work and are not in it. */
async function checkTemplate(session: CertsrvSession, template: string, signal: AbortSignal): Promise<CheckStep> {
  const name = `template ${template}`;
  const page = textOf(await session.get('certrqxt.asp', signal));
  const values = [...page.matchAll(/<option\b[^<>]{0,200}?\bvalue\s*=\s*["']([^"'<>]{1,400})["']/gi)];
  const listed = values.some(([, value]) =>
    plainText(value ?? '')
      .split(';')
      .includes(template),
  );
  return listed
    ? { name, outcome: 'ok', detail: 'The CA offers it to this user.' }
    : {
        name,
        outcome: 'warning',
        detail:
          'It is not among the templates that the CA shows to this user; it shows none of machines. Check its name, and that this user may enroll by it.',
      };
}
