import { AuthorityError, isKindElsewhere, type KindElsewhere, kindsElsewhere } from '@opencapf/authority';
import { EnrollmentError } from '@opencapf/enrollment';
import {
  type CertificateRecord,
  certificateOfKey,
  createIssuerCertificate,
  createSigner,
  generateKeyPair,
  importKeyFile,
  readTrustUpload,
  verifySignedBy,
} from '@opencapf/pki';
import type { AuthorityOnRecord, AuthoritySettings, NewIssuer, SigningCertificate } from '@opencapf/store';
import { z } from 'zod';
import { AdminApiError } from './errors.js';
import { keptKey } from './kept-key.js';

/** What an administrator says of a new authority. */
export interface AuthorityInput {
  readonly name: string;
  readonly kind: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** PEM of the certificate that LSCs are signed by, and of those above it. */
  readonly lscTrust?: string | undefined;
}

/** The source documents' online CA is Microsoft's alone. */
const kindAliases: Readonly<Record<string, string>> = {
  ciscoauthorityproxyfunction: 'local',
  onlineca: 'adcs',
  microsoftca: 'adcs',
  offlineca: 'offline',
};

const localKeys = {
  'RSA 2048': { kind: 'rsa', size: 2048 },
  'RSA 3072': { kind: 'rsa', size: 3072 },
  'RSA 4096': { kind: 'rsa', size: 4096 },
  'EC 256': { kind: 'ec', size: 256 },
  'EC 384': { kind: 'ec', size: 384 },
} as const;

const localConfiguration = z.strictObject({
  key: z.enum(['RSA 2048', 'RSA 3072', 'RSA 4096', 'EC 256', 'EC 384']).optional(),
  commonName: z.string().min(1).max(64).optional(),
});

const localSecrets = z.strictObject({
  keyFile: z.base64().max(1_400_000).optional(),
  passphrase: z.string().max(1024).optional(),
});

/**
 * Checks what an administrator says of a new authority, and makes or reads the key of a local one.
 *
 * @throws AuthorityError `authority-setting-invalid`
 * @throws AdminApiError `authority-kind-unknown`, `authority-trust-ambiguous`
 * @throws EnrollmentError `trust-name-reserved`
 * @throws PkiError `trust-upload-*`, `key-file-*`, `issuer-*`, `private-key-unsupported`, `distinguished-name-malformed`
 */
export async function newAuthority(input: AuthorityInput, now: Date): Promise<NewIssuer> {
  const { name, configuration, secrets, lscTrust } = input;
  const word = input.kind.toLowerCase().replaceAll(/[^a-z]/g, '');
  const kind = kindAliases[word] ?? input.kind.toLowerCase();
  if (kind === 'local') {
    if (lscTrust !== undefined)
      throw new AuthorityError('authority-setting-invalid', 'lscTrust is for others than local.');
    return await newLocalAuthority(
      name,
      checked(localConfiguration, configuration),
      checked(localSecrets, secrets),
      now,
    );
  }
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

async function newLocalAuthority(
  name: string,
  { key = 'RSA 2048', commonName = name }: z.output<typeof localConfiguration>,
  { keyFile, passphrase }: z.output<typeof localSecrets>,
  now: Date,
): Promise<NewIssuer> {
  if (keyFile !== undefined) {
    const imported = await importKeyFile(Buffer.from(keyFile, 'base64'), passphrase);
    const own = certificateOfKey(imported);
    const chain = imported.certificates.filter((der) => Buffer.compare(der, own.der) !== 0);
    return { name, kind: 'local', signing: { certificate: own.der, chain }, key: keptKey(imported.keyPair) };
  }
  const keyPair = await generateKeyPair(localKeys[key]);
  const certificate = await createIssuerCertificate(createSigner(keyPair), { commonName }, now);
  return { name, kind: 'local', signing: { certificate, chain: [] }, key: keptKey(keyPair) };
}

function checked<Output>(schema: z.ZodType<Output>, given: unknown): Output {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  // Zod's messages name what was expected, and hold no value that was given.
  const faults = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new AuthorityError('authority-setting-invalid', `Settings of the authority: ${faults.join('; ')}.`);
}

function defined<Value>(given: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

function withoutNull<Value>(given: Readonly<Record<string, Value | null>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== null));
}
