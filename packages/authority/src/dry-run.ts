import { lookup } from 'node:dns/promises';
import { type CertificateRecord, verifySignedBy } from '@opencapf/pki';
import type { CheckStep } from './authority.js';

const day = 86_400_000;
/** An issuing certificate that lives shorter is warned about: LSCs of a usual year would outlive it. */
const comfortableLife = 365 * day;

/** Whether the host of a URL has an address. @param hostname - As in a URL, IPv6 addresses in brackets. */
export async function nameStep(hostname: string): Promise<CheckStep> {
  const name = `name ${hostname}`;
  try {
    const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
    return { name, outcome: 'ok', detail: `It is ${addresses.map(({ address }) => address).join(', ')}.` };
  } catch {
    const detail = `${hostname} cannot be resolved. Check the host in the URL of the authority, and DNS.`;
    return { name, outcome: 'failed', detail };
  }
}

/** Whether the issuing certificate of the settings is among those that the authority shows of itself. */
export function shownIssuerStep(shown: readonly CertificateRecord[], configured: CertificateRecord): CheckStep {
  const name = 'trust anchor for issued LSCs';
  const subjects = shown.map(({ subject }) => `"${subject}"`).join(', ');
  if (shown.some(({ der }) => Buffer.compare(der, configured.der) === 0)) {
    return { name, outcome: 'ok', detail: `The authority shows "${configured.subject}", as in the settings.` };
  }
  if (shown.some((above) => verifySignedBy(configured, above))) {
    const detail = `The authority does not show "${configured.subject}" itself, but one above it: ${subjects}.`;
    return { name, outcome: 'warning', detail };
  }
  return {
    name,
    outcome: 'failed',
    detail: `The authority shows ${subjects}; the settings say "${configured.subject}". Give the certificate that LSCs are signed by as the issuing certificate.`,
  };
}

/** Whether LSCs can be signed with the issuing certificate, and for how long. */
export function issuingCertificateStep(
  { isCa, keyUsage, extendedKeyUsage, notBefore, notAfter }: CertificateRecord,
  now: Date,
): CheckStep {
  const name = 'issuing certificate';
  const failed = (detail: string): CheckStep => ({ name, outcome: 'failed', detail });
  if (!isCa || keyUsage?.includes('keyCertSign') === false) {
    return failed('It is not the certificate of a CA. Give the one that LSCs are signed by.');
  }
  if (notAfter <= now) return failed(`It ended on ${dayOf(notAfter)}. Renew it at the CA, and give the new one.`);
  if (notBefore > now) return failed(`It begins on ${dayOf(notBefore)}. Check the clock of this machine.`);
  if (extendedKeyUsage !== undefined && !extendedKeyUsage.some((use) => clientUses.has(use))) {
    return {
      name,
      outcome: 'warning',
      detail: 'Its extended key usage has no client use, and binds the LSCs below it: peers may refuse them.',
    };
  }
  if (notAfter.getTime() - now.getTime() < comfortableLife) {
    const detail = `It ends on ${dayOf(notAfter)}, and LSCs do not live longer. Plan to replace it.`;
    return { name, outcome: 'warning', detail };
  }
  return { name, outcome: 'ok', detail: `It is that of a CA, and ends on ${dayOf(notAfter)}.` };
}

/** clientAuth and anyExtendedKeyUsage. */
const clientUses: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.2', '2.5.29.37.0']);

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
