import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { IssuerTable } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { type Page, pageOf } from '../page.js';
import { issuerSecretsPlace } from './issuer-making.js';
import { type LocalColumns, localColumns, localSettings } from './local-settings.js';

/** A certificate authority that signs or signed LSCs here, as administrators see it: without its secrets. */
export interface AuthorityFacts {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly state: IssuerTable['state'];
  /** Whether it signs for devices that ask for no other. */
  readonly isDefault: boolean;
  /** The certificate that LSCs are signed by, DER; null as long as an authority elsewhere has not shown its own. */
  readonly certificate: Buffer | null;
  /** DER, from the certificate's issuer upwards. */
  readonly chain: readonly Buffer[];
  /** SHA-256 over the certificate, lower-case hex. */
  readonly sha256: string | null;
  /** Until when LSCs that it signed prove a phone's identity after their end. */
  readonly acceptExpiredUntil: Date | null;
  /** Of a local one its {@link LocalSettings}. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The names of the secrets that are set, in order. */
  readonly secretsSet: readonly string[];
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly retiredAt: Date | null;
}

/** What tells an authority apart: its number, or its name, which never consists of digits alone. */
export type WhichAuthority = number | string;

type Row = Omit<AuthorityFacts, 'secretsSet'> & LocalColumns & { readonly sealedSecrets: Buffer | null };

const selection = sql`
  select i.id, i.name, i.kind, i.state, i.is_default as "isDefault", i.certificate, i.chain,
    encode(i.certificate_sha256, 'hex') as sha256, i.accept_expired_until as "acceptExpiredUntil",
    i.configuration, i.sealed_secrets as "sealedSecrets",
    i.created_at as "createdAt", i.activated_at as "activatedAt", i.retired_at as "retiredAt", ${localColumns}
  from opencapf_private.issuer i left join opencapf_private.private_key k on k.id = i.private_key_id`;

/**
 * The authorities in the order in which they were made, retired ones too.
 *
 * @param after - the number that the page before ended with
 * @throws StoreError `sealed-value-unreadable`
 */
export async function listAuthorities(
  database: Database,
  secretKey: SecretKey,
  limit: number,
  after: number | undefined,
): Promise<Page<AuthorityFacts, number>> {
  const { rows } = await sql<Row>`${selection} where i.id > ${after ?? 0} order by i.id limit ${limit + 1}`.execute(
    database.queries,
  );
  return pageOf(
    rows.map((row) => factsOf(row, secretKey)),
    limit,
    ({ id }) => id,
  );
}

/**
 * @returns undefined when there is no such authority
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readAuthority(
  database: Database,
  secretKey: SecretKey,
  key: WhichAuthority,
): Promise<AuthorityFacts | undefined> {
  const { rows } = await sql<Row>`${selection} where ${authorityIs(key)}`.execute(database.queries);
  return rows[0] && factsOf(rows[0], secretKey);
}

/** What a device's authority is chosen by. */
export type AuthorityName = Pick<AuthorityFacts, 'id' | 'name' | 'kind' | 'state' | 'isDefault'>;

/** The names of all authorities, the oldest first. */
export async function listAuthorityNames(database: Database): Promise<readonly AuthorityName[]> {
  return await database.queries
    .selectFrom('issuer')
    .select(['id', 'name', 'kind', 'state', 'is_default as isDefault'])
    .orderBy('id')
    .execute();
}

/** The condition on `issuer i` that tells one authority apart. */
export function authorityIs(key: WhichAuthority): RawBuilder<unknown> {
  return typeof key === 'number' ? sql`i.id = ${key}` : sql`i.name = ${key}`;
}

function factsOf(row: Row, secretKey: SecretKey): AuthorityFacts {
  const { sealedSecrets, location, validityDays, ecKeyUsage, crlUrls, aiaUrls, ...facts } = row;
  const own = { location, validityDays, ecKeyUsage, crlUrls, aiaUrls };
  const configuration = row.kind === 'local' ? { ...localSettings(own) } : row.configuration;
  const secrets: object =
    sealedSecrets === null ? {} : JSON.parse(secretKey.open(sealedSecrets, issuerSecretsPlace(row.id)).toString());
  return { ...facts, configuration, secretsSet: Object.keys(secrets).sort() };
}
