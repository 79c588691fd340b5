import { AuthorityError, keyLocation, LocalAuthority, openKeyAt, readKeyAt } from '@opencapf/authority';
import {
  checkCaChain,
  createIssuerCertificate,
  createSigner,
  generateKeyPair,
  type ImportedKey,
  importKeyFile,
  loadIssuer,
  lscValidityDays,
  readCertificate,
  readCertificates,
  type Signer,
} from '@opencapf/pki';
import type { AuthorityOnRecord, AuthoritySettings, NewIssuer, SigningCertificate } from '@opencapf/store';
import { z } from 'zod';
import { type AuthorityInput, checked, defined, withoutNull } from './authority-input.js';
import { keptKey } from './kept-key.js';
import type { AdminApiServices } from './services.js';

const localKeys = {
  'RSA 2048': { kind: 'rsa', size: 2048 },
  'RSA 3072': { kind: 'rsa', size: 3072 },
  'RSA 4096': { kind: 'rsa', size: 4096 },
  'EC 256': { kind: 'ec', size: 256 },
  'EC 384': { kind: 'ec', size: 384 },
} as const;

const url = z.url({ protocol: /^(https?|ldap)$/ }).max(2048);

/** What stays as it is given: where the key lies, and what LSCs are to hold. */
const kept = {
  location: keyLocation.optional(),
  validityDays: z.int().min(lscValidityDays.shortest).max(lscValidityDays.longest).optional(),
  ecKeyUsage: z.enum(['standard', 'cisco']).optional(),
  crlUrls: z.array(url).min(1).max(4).optional(),
  aiaUrls: z.array(url).min(1).max(4).optional(),
} as const;

const newConfiguration = z
  .strictObject({
    key: z.enum(['RSA 2048', 'RSA 3072', 'RSA 4096', 'EC 256', 'EC 384']).optional(),
    commonName: z.string().min(1).max(64).optional(),
    ...kept,
  })
  .refine(
    ({ key, location }) => key === undefined || location === undefined,
    'takes key or location: it is made, or lies there',
  );

const keySecret = z.string().min(1).max(1024).optional();
const keySecrets = z.strictObject({ passphrase: keySecret, pin: keySecret });
const newSecrets = z.strictObject({ ...keySecrets.shape, keyFile: z.base64().max(1_400_000).optional() });

type NewConfiguration = z.output<typeof newConfiguration>;

/** A key of a new authority, open, with the certificates that came with it. */
interface FoundKey extends AsyncDisposable {
  readonly signer: Signer;
  readonly certificates: readonly Uint8Array[];
  readonly key: NonNullable<NewIssuer['key']>;
}

/**
 * Makes, takes or opens the key of a new local authority, and finds its certificate: the one that was given, else the one that
 * came with the key, else one that the key signs itself.
 *
 * @throws AuthorityError `authority-setting-invalid`, `authority-key-unusable`
 * @throws PkiError `trust-upload-*`, `key-file-*`, `issuer-*`, `private-key-unsupported`, `distinguished-name-malformed`
 */
export async function newLocalAuthority(
  { name, configuration, secrets, lscTrust }: AuthorityInput,
  { lscValidityDays: validityDays, now = () => new Date() }: AdminApiServices,
): Promise<NewIssuer> {
  const wanted = checked(newConfiguration, configuration);
  const { keyFile, ...opening } = checked(newSecrets, secrets);
  await using found = await findKey(wanted, keyFile, opening);
  const { signer, key } = found;
  requireIssuerKey(signer);
  const given =
    lscTrust === undefined ? found.certificates.map(readCertificate) : readCertificates(Buffer.from(lscTrust));
  const signing =
    given.length === 0 && keyFile === undefined
      ? await selfSigned(signer, wanted.commonName ?? name, now())
      : chainOf(
          checkCaChain(given, {
            spki: signer.spki,
            use: 'issuer',
            now: now(),
            validityDays: wanted.validityDays ?? validityDays,
          }),
        );
  const { ecKeyUsage, crlUrls, aiaUrls } = wanted;
  // What the authority would be opened with, so that what does not go together is refused here.
  new LocalAuthority(loadIssuer(signing.certificate, signer), {
    validityDays: wanted.validityDays,
    ecKeyUsage,
    urls: { crl: crlUrls, caIssuers: aiaUrls },
  });
  return {
    name,
    kind: 'local',
    signing,
    key,
    // The passphrase of an uploaded file has done its work: the key is sealed without it.
    secrets: 'location' in key.kept ? defined(opening) : undefined,
    validityDays: wanted.validityDays,
    ecKeyUsage,
    crlUrls,
    aiaUrls,
  };
}

async function findKey(
  { key: type = 'RSA 2048', location }: NewConfiguration,
  keyFile: string | undefined,
  opening: z.output<typeof keySecrets>,
): Promise<FoundKey> {
  if (keyFile !== undefined && location !== undefined) {
    throw new AuthorityError('authority-setting-invalid', 'Give a key file, or the location of the key: not both.');
  }
  if (location !== undefined) {
    const { signer, certificates } = await readKeyAt(location, opening);
    const { kind, size } = signer.type;
    const key = { publicKey: signer.spki, algorithm: `${kind.toUpperCase()} ${size}`, kept: { location } };
    return { signer, certificates, key, [Symbol.asyncDispose]: async () => await signer.close?.() };
  }
  if (opening.pin !== undefined || (keyFile === undefined && opening.passphrase !== undefined)) {
    throw new AuthorityError('authority-setting-invalid', 'A PIN or passphrase is given, and no key that it opens.');
  }
  const { keyPair, certificates }: ImportedKey =
    keyFile === undefined
      ? { keyPair: await generateKeyPair(localKeys[type]), certificates: [] }
      : await importKeyFile(Buffer.from(keyFile, 'base64'), opening.passphrase);
  return { signer: createSigner(keyPair), certificates, key: keptKey(keyPair), [Symbol.asyncDispose]: async () => {} };
}

/** RSA of 2048 to 4096 bits, or EC on P-256 or P-384: what phones and call control verify. */
function requireIssuerKey({ type: { kind, size } }: Signer): void {
  if (kind === 'rsa' ? size >= 2048 && size <= 4096 : size !== 521) return;
  throw new AuthorityError(
    'authority-setting-invalid',
    `The key is ${kind.toUpperCase()} ${size}. Use RSA of 2048 to 4096 bits, or EC on P-256 or P-384.`,
  );
}

async function selfSigned(signer: Signer, commonName: string, now: Date): Promise<SigningCertificate> {
  return { certificate: await createIssuerCertificate(signer, { commonName }, now), chain: [] };
}

function chainOf({ certificate, chain }: ReturnType<typeof checkCaChain>): SigningCertificate {
  return { certificate: certificate.der, chain: chain.map(({ der }) => der) };
}

const changedConfiguration = z.strictObject(kept);

/**
 * Settings of a local authority with some of them changed; null takes one away. Its key stays where it is: sealed, or elsewhere.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function changedLocalSettings(
  before: AuthorityOnRecord,
  configuration: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string | null>>,
): AuthoritySettings {
  const after = checked(changedConfiguration, withoutNull({ ...before.configuration, ...configuration }));
  if ((before.configuration['location'] === undefined) !== (after.location === undefined)) {
    throw new AuthorityError(
      'authority-setting-invalid',
      'A key that is sealed in the database stays there, and one that lies elsewhere is not taken in. Create another authority.',
    );
  }
  const opening = defined(checked(keySecrets, withoutNull({ ...before.secrets, ...secrets })));
  if (after.location === undefined && Object.keys(opening).length > 0) {
    throw new AuthorityError(
      'authority-setting-invalid',
      'Its key is sealed in the database: there is no secret to it.',
    );
  }
  return { configuration: defined<unknown>(after), secrets: opening };
}

/**
 * Opens the key of a local authority where it is to lie from now on, so that settings that do not open it are refused.
 *
 * @param spki - DER SubjectPublicKeyInfo of the key that it must be
 * @throws AuthorityError `authority-setting-invalid`, `authority-key-unusable`
 */
export async function tryKeyAt({ configuration, secrets }: AuthoritySettings, spki: Uint8Array): Promise<void> {
  const { location } = configuration;
  if (location === undefined) return;
  const signer = await openKeyAt(location, secrets, spki);
  await signer.close?.();
}
