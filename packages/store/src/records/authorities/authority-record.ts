import type { Database } from '../../database/connect.js';
import type { IssuerTable } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { authoritySecretsPlace } from './authority-secrets.js';

/** Who issues LSCs, with everything that it is opened from. Holds secrets: never to be shown. */
export interface AuthorityRecord {
  readonly id: number;
  readonly name: string;
  /** See `AuthorityKind` of package authority. */
  readonly kind: string;
  readonly state: IssuerTable['state'];
  /** The certificate that LSCs are signed by, DER; null as long as an authority elsewhere has not shown its own. */
  readonly certificate: Buffer | null;
  /** DER, from the certificate's issuer upwards. */
  readonly chain: readonly Buffer[];
  /** The private key of one that signs here. */
  readonly key: PrivateKeyRecord | undefined;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly crlUrls: readonly string[];
  readonly aiaUrls: readonly string[];
  /** Of an authority that signs here, as the next; null: as the settings of the service say. */
  readonly ecKeyUsage: 'standard' | 'cisco' | null;
  readonly validityDays: number | null;
}

/** A private key: sealed in Postgres, or where `location` says. */
export interface PrivateKeyRecord {
  /** DER PKCS#8; undefined when it lies elsewhere. */
  readonly pkcs8: Buffer | undefined;
  readonly location: object | undefined;
}

/**
 * Reads an authority, whatever its state.
 *
 * @returns undefined when there is none of this number
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readAuthorityRecord(
  database: Database,
  secretKey: SecretKey,
  id: number,
): Promise<AuthorityRecord | undefined> {
  const row = await database.queries
    .selectFrom('issuer')
    .leftJoin('private_key', 'private_key.id', 'issuer.private_key_id')
    .where('issuer.id', '=', id)
    .selectAll('issuer')
    .select(['private_key.sealed', 'private_key.location'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { name, kind, state, certificate, chain, configuration } = row;
  const key =
    row.private_key_id === null
      ? undefined
      : {
          pkcs8: row.sealed === null ? undefined : secretKey.open(row.sealed, keyPlace(row.private_key_id)),
          location: row.location ?? undefined,
        };
  return {
    id,
    name,
    kind,
    state,
    certificate,
    chain,
    key,
    configuration: { ...configuration },
    secrets: row.sealed_secrets === null ? {} : openSecrets(secretKey, id, row.sealed_secrets),
    crlUrls: row.crl_urls,
    aiaUrls: row.aia_urls,
    ecKeyUsage: row.ec_key_usage,
    validityDays: row.validity_days,
  };
}

function openSecrets(secretKey: SecretKey, id: number, sealed: Buffer): Readonly<Record<string, unknown>> {
  return JSON.parse(secretKey.open(sealed, authoritySecretsPlace(id)).toString('utf8')) as Record<string, unknown>;
}

function keyPlace(id: number) {
  return { table: 'private_key', row: id, column: 'sealed' };
}
