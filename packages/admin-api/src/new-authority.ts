import { isKindElsewhere, type KindElsewhere, kindsElsewhere } from '@opencapf/authority';
import { EnrollmentError } from '@opencapf/enrollment';
import { type CertificateRecord, readTrustUpload, verifySignedBy } from '@opencapf/pki';
import type { AuthorityOnRecord, AuthoritySettings, NewIssuer, SigningCertificate } from '@opencapf/store';
import { type AuthorityInput, checked, defined, withoutNull } from './authority-input.js';
import { AdminApiError } from './errors.js';
import { changedLocalSettings, newLocalAuthority } from './local-authority.js';
import type { AdminApiServices } from './services.js';

/** The source documents' online CA is Microsoft's alone. */
const kindAliases: Readonly<Record<string, string>> = {
  ciscoauthorityproxyfunction: 'local',
  onlineca: 'adcs',
  microsoftca: 'adcs',
  offlineca: 'offline',
};

/**
 * Checks what an administrator says of a new authority, and makes or reads the key of a local one.
 *
 * @throws AuthorityError `authority-setting-invalid`, `authority-key-unusable`
 * @throws AdminApiError `authority-kind-unknown`, `authority-trust-ambiguous`
 * @throws EnrollmentError `trust-name-reserved`
 * @throws PkiError `trust-upload-*`, `key-file-*`, `issuer-*`, `private-key-unsupported`, `distinguished-name-malformed`
 */
export async function newAuthority(input: AuthorityInput, services: AdminApiServices): Promise<NewIssuer> {
  const { name, configuration, secrets, lscTrust } = input;
  const word = input.kind.toLowerCase().replaceAll(/[^a-z]/g, '');
  const kind = kindAliases[word] ?? input.kind.toLowerCase();
  if (kind === 'local') return await newLocalAuthority(input, services);
  if (!isKindElsewhere(kind)) throw new AdminApiError('authority-kind-unknown', input.kind);
  const settings = checkedSettings(kind, { configuration, secrets });
  return { name, kind, signing: lscTrust === undefined ? undefined : readLscTrust(lscTrust), ...settings };
}

/**
 * Settings of an authority elsewhere as its kind takes them, defaults filled in.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function checkedSettings(kind: KindElsewhere, { configuration, secrets }: AuthoritySettings): AuthoritySettings {
  const schemas = kindsElsewhere[kind];
  return {
    configuration: defined(checked<Record<string, unknown>>(schemas.configuration, configuration)),
    secrets: defined(checked<Record<string, string | undefined>>(schemas.secrets, secrets)),
  };
}

/**
 * The settings on record with some of them changed; null takes one away.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function changedSettings(
  before: AuthorityOnRecord,
  configuration: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string | null>>,
): AuthoritySettings {
  const { kind } = before;
  if (kind === 'local') return changedLocalSettings(before, configuration, secrets);
  if (!isKindElsewhere(kind)) throw new AdminApiError('authority-kind-unknown', kind);
  return checkedSettings(kind, {
    configuration: withoutNull({ ...before.configuration, ...configuration }),
    secrets: withoutNull({ ...before.secrets, ...secrets }),
  });
}

/**
 * The certificate that LSCs are signed by, and those above it, in whatever order they stand.
 *
 * @throws AdminApiError `authority-trust-ambiguous`
 * @throws EnrollmentError `trust-name-reserved`: the source documents keep "CAPF-" for CAPF certificates
 * @throws PkiError `trust-upload-*`
 */
export function readLscTrust(pem: string): SigningCertificate {
  const all = readTrustUpload(Buffer.from(pem));
  for (const { commonName, subject } of all) {
    if (/CAPF-/i.test(commonName ?? subject)) throw new EnrollmentError('trust-name-reserved', subject);
  }
  const lowest = all.filter((one) => !all.some((other) => other !== one && verifySignedBy(other, one)));
  const [certificate, ...others] = lowest;
  if (certificate === undefined || others.length > 0) throw new AdminApiError('authority-trust-ambiguous');
  const chain: CertificateRecord[] = [];
  for (let at = certificate; ; ) {
    const above = all.find((one) => one !== at && !chain.includes(one) && verifySignedBy(at, one));
    if (above === undefined) break;
    chain.push(above);
    at = above;
  }
  return { certificate: certificate.der, chain: chain.map(({ der }) => der) };
}
