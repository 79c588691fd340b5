import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  capfKeyType,
  createCapfCertificate,
  createSigner,
  exportPkcs8,
  exportPkcs8Pem,
  generateKeyPair,
  type Issuer,
  importPkcs8,
  loadIssuer,
  pemBundle,
  type SubjectFields,
} from '@opencapf/pki';
import {
  type CapfIdentityFacts,
  type Database,
  loadOrCreateIdentity,
  type SecretKey,
  type SettingValues,
} from '@opencapf/store';

/** The CAPF identity as the listeners need it. */
export interface ServiceIdentity {
  /** Certificate and chain, and the key, PEM: what phones meet on 3804. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** The same key pair as an issuer, for certificates of our own such as the admin listener's. */
  readonly capf: Issuer;
  /** Certificate and chain, PEM. */
  readonly chain: string;
  /** The number under which the store knows the issuer of LSCs. */
  readonly issuerId: number;
  /** Whether this start made it. */
  readonly created: boolean;
}

/**
 * Loads the CAPF identity; the first start of all nodes makes it.
 *
 * @throws StoreError `sealed-value-unreadable`
 */
export async function loadIdentity(
  database: Database,
  secretKey: SecretKey,
  settings: SettingValues,
  now: () => Date = () => new Date(),
): Promise<ServiceIdentity> {
  const { identity, issuer, created } = await loadOrCreateIdentity(database, secretKey, async () => {
    const keyPair = await generateKeyPair(capfKeyType);
    return {
      certificate: await createCapfCertificate(createSigner(keyPair), subjectFields(settings), now()),
      publicKey: keyPair.spki,
      privateKey: exportPkcs8(keyPair.privateKey),
      algorithm: `RSA ${capfKeyType.size}`,
    };
  });
  const keyPair = importPkcs8(identity.privateKey);
  const chain = pemBundle([identity.certificate, ...identity.chain]);
  return {
    tls: { cert: chain, key: exportPkcs8Pem(keyPair.privateKey) },
    chain,
    capf: loadIssuer(identity.certificate, createSigner(keyPair)),
    issuerId: issuer.id,
    created,
  };
}

/**
 * Writes `capf.pem` for trust lists and clients: the certificate that phones meet, followed by those above it. Those that are
 * staged stand in `capf-staged.pem`, which is missing when there are none.
 *
 * @returns the path of `capf.pem`
 */
export async function writeCapfCertificate(
  dataDir: string,
  { chain }: Pick<ServiceIdentity, 'chain'>,
  staged: readonly CapfIdentityFacts[] = [],
): Promise<string> {
  const path = join(dataDir, 'capf.pem');
  await replaceFile(path, chain);
  const stagedPath = join(dataDir, 'capf-staged.pem');
  if (staged.length === 0) await rm(stagedPath, { force: true });
  else
    await replaceFile(
      stagedPath,
      pemBundle(staged.flatMap(({ certificate, chain: above }) => [certificate, ...above])),
    );
  return path;
}

/** Whoever reads the file meanwhile sees the old content or the new one. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o644 });
  await rename(`${path}.new`, path);
}

/** What a CAPF certificate names besides its common name. */
export function subjectFields(settings: SettingValues): SubjectFields {
  return {
    organization: settings.subjectOrganization,
    organizationalUnit: settings.subjectOrganizationalUnit,
    locality: settings.subjectLocality,
    state: settings.subjectState,
    country: settings.subjectCountry,
  };
}
