import { writeFile } from 'node:fs/promises';
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
  type SubjectFields,
  toPem,
} from '@opencapf/pki';
import { type Database, loadOrCreateIdentity, type SecretKey, type SettingValues } from '@opencapf/store';

/** The CAPF identity as the listeners need it. */
export interface ServiceIdentity {
  /** Certificate and chain, and the key, PEM: what phones meet on 3804. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** The same key pair as an issuer, for certificates of our own such as the admin listener's. */
  readonly capf: Issuer;
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
  const chain = [identity.certificate, ...identity.chain].map((der) => toPem('CERTIFICATE', der));
  return {
    tls: { cert: chain.join(''), key: exportPkcs8Pem(keyPair.privateKey) },
    capf: loadIssuer(identity.certificate, createSigner(keyPair)),
    issuerId: issuer.id,
    created,
  };
}

/**
 * Writes `capf.pem` for trust lists and clients.
 *
 * @returns its path
 */
export async function writeCapfCertificate(dataDir: string, { capf }: ServiceIdentity): Promise<string> {
  const path = join(dataDir, 'capf.pem');
  await writeFile(path, toPem('CERTIFICATE', capf.certificate.der), { mode: 0o644 });
  return path;
}

function subjectFields(settings: SettingValues): SubjectFields {
  return {
    organization: settings.subjectOrganization,
    organizationalUnit: settings.subjectOrganizationalUnit,
    locality: settings.subjectLocality,
    state: settings.subjectState,
    country: settings.subjectCountry,
  };
}
