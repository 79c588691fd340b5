import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { issuerSecretsPlace } from './issuer-making.js';
import { openPrivateKey } from './private-keys.js';

/** What a local issuer or a CAPF identity signs with. */
export interface SigningKey {
  /** DER. */
  readonly certificate: Buffer;
  /** DER, from the certificate's issuer upwards. */
  readonly chain: readonly Buffer[];
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** DER PKCS#8; undefined where the key lives elsewhere. */
  readonly pkcs8: Buffer | undefined;
  /** Where it lives then. */
  readonly location: object | undefined;
  /** What opens it there; `{}` when nothing is needed. */
  readonly secrets: unknown;
}

interface Row {
  readonly certificate: Buffer;
  readonly chain: readonly Buffer[];
  readonly key: number;
  readonly publicKey: Buffer;
  readonly sealed: Buffer | null;
  readonly location: object | null;
  readonly secrets: Buffer | null;
}

/**
 * @returns undefined when there is no issuer of this number, or its key is not ours
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readIssuerKey(
  database: Database,
  secretKey: SecretKey,
  issuer: number,
): Promise<SigningKey | undefined> {
  const { rows } = await sql<Row>`
    select i.certificate, i.chain, k.id as key, k.public_key as "publicKey", k.sealed, k.location, i.sealed_secrets as secrets
    from opencapf_private.issuer i join opencapf_private.private_key k on k.id = i.private_key_id
    where i.id = ${issuer}`.execute(database.queries);
  return opened(rows[0], secretKey, issuer);
}

/**
 * @returns undefined when there is no identity of this number
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readCapfKey(
  database: Database,
  secretKey: SecretKey,
  identity: number,
): Promise<SigningKey | undefined> {
  const { rows } = await sql<Row>`
    select c.certificate, c.chain, k.id as key, k.public_key as "publicKey", k.sealed, k.location, null as secrets
    from opencapf_private.capf_identity c join opencapf_private.private_key k on k.id = c.private_key_id
    where c.id = ${identity}`.execute(database.queries);
  return opened(rows[0], secretKey, 0);
}

function opened(row: Row | undefined, secretKey: SecretKey, issuer: number): SigningKey | undefined {
  if (row === undefined) return undefined;
  const { certificate, chain, publicKey, key, sealed, location, secrets } = row;
  return {
    certificate,
    chain,
    publicKey,
    pkcs8: sealed === null ? undefined : openPrivateKey(secretKey, key, sealed),
    location: location ?? undefined,
    secrets: secrets === null ? {} : JSON.parse(secretKey.open(secrets, issuerSecretsPlace(issuer)).toString('utf8')),
  };
}
