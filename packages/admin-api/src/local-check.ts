import { AuthorityError, type CheckStep, openLocal } from '@opencapf/authority';
import { readCertificate, warningsOf } from '@opencapf/pki';
import type { AuthorityRecord } from '@opencapf/store';
import type { AdminApiServices } from './services.js';

/**
 * Tries a local authority: its key, opened where it lies and compared with its certificate, and what works against LSCs in that
 * certificate and those above it.
 *
 * @throws AuthorityError, PkiError: what keeps it from signing
 */
export async function* stepsOfLocal(
  { certificate, chain, key, secrets, ...record }: AuthorityRecord,
  { lscValidityDays, now = () => new Date() }: AdminApiServices,
): AsyncGenerator<CheckStep> {
  if (certificate === null || key === undefined) {
    throw new AuthorityError('authority-setting-invalid', 'It has no certificate, or no key.');
  }
  const { validityDays = lscValidityDays, ...settings } = {
    ...(record.validityDays === null ? {} : { validityDays: record.validityDays }),
    ...(record.ecKeyUsage === null ? {} : { ecKeyUsage: record.ecKeyUsage }),
    urls: { crl: record.crlUrls, caIssuers: record.aiaUrls },
  };
  const authority = await openLocal({ certificate, key, secrets }, { ...settings, validityDays });
  await authority.close();
  const where = key.pkcs8 === undefined ? 'It was opened where it lies' : 'It is sealed in the database';
  yield { name: 'key', outcome: 'ok', detail: `${where}, and is the one of the certificate.` };
  const shown = readCertificate(certificate);
  const warnings = [...warningsOf(shown, chain.map(readCertificate), { use: 'issuer', now: now(), validityDays })];
  for (const { message } of warnings) yield { name: 'certificate', outcome: 'warning', detail: message };
  if (shown.notAfter <= now()) {
    yield { name: 'certificate', outcome: 'failed', detail: 'It has expired. Put another issuer in its place.' };
  } else if (warnings.length === 0) {
    yield { name: 'certificate', outcome: 'ok', detail: `It ends on ${shown.notAfter.toISOString().slice(0, 10)}.` };
  }
}
