import { randomBytes } from 'node:crypto';
import { AuthorityError, openElsewhere, openLocal } from '@opencapf/authority';
import { Authorities, AuthorityRequests, type EnrollmentServices, type OpenAuthority } from '@opencapf/enrollment';
import { findDueAuthorities, type SettingValues } from '@opencapf/store';

/** Who issues LSCs, and what asks those that are elsewhere. */
export interface AuthorityServices extends AsyncDisposable {
  readonly authorities: Authorities;
  readonly requests: AuthorityRequests;
}

/**
 * Opens the default issuer, so that a service that could issue nothing says so at its start; the others are opened when they
 * are first needed.
 *
 * @param issuer - The number of the default issuer.
 * @throws EnrollmentError `authority-unusable`
 */
export async function authorityServices(
  services: Pick<EnrollmentServices, 'database' | 'secretKey' | 'nodeId' | 'log' | 'clock' | 'elapsed'>,
  settings: SettingValues,
  issuer: number,
): Promise<AuthorityServices> {
  const authorities = new Authorities({ ...services, open: opener(settings, services.clock) });
  const { version } = await findDueAuthorities(services.database);
  await authorities.of(issuer, version);
  return {
    authorities,
    requests: new AuthorityRequests({ ...services, authorities, random: Math.random }),
    [Symbol.asyncDispose]: () => authorities.close(),
  };
}

function opener({ lscValidityDays, minRsaKeySize, ecKeyUsage }: SettingValues, now: () => Date): OpenAuthority {
  return async (record) => {
    const { kind, certificate, key, secrets, crlUrls, aiaUrls } = record;
    if (kind !== 'local') return openElsewhere(record, { now, randomBytes, minRsaBits: minRsaKeySize });
    if (certificate === null || key === undefined) {
      throw new AuthorityError('authority-setting-invalid', 'It has no certificate, or no key.');
    }
    const authority = await openLocal(
      { certificate, key, secrets },
      {
        validityDays: record.validityDays ?? lscValidityDays,
        ecKeyUsage: record.ecKeyUsage ?? ecKeyUsage,
        minRsaBits: minRsaKeySize,
        urls: { crl: crlUrls, caIssuers: aiaUrls },
      },
    );
    return { authority, terms: undefined };
  };
}
