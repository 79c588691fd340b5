import { sql, type Transaction } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { recordAudit } from '../audit/audit.js';
import { keepPrivateKey, openPrivateKey } from '../authorities/private-keys.js';
import { lockSubject } from '../locks.js';

/** A key pair with its certificate, as its maker hands it over. */
export interface NewCapfIdentity {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER, from the certificate's issuer upwards, without the certificate itself. */
  readonly chain?: readonly Uint8Array[];
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array;
  /** Such as `RSA 2048`. */
  readonly algorithm: string;
}

/** The certificate that phones meet on 3804, with its key. */
export interface CapfIdentity {
  readonly id: number;
  readonly certificate: Buffer;
  readonly chain: readonly Buffer[];
  /** DER PKCS#8. */
  readonly privateKey: Buffer;
}

/** Who signs LSCs. */
export interface LscIssuer {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  /** DER; null as long as an authority elsewhere has not shown its own. */
  readonly certificate: Buffer | null;
  readonly chain: readonly Buffer[];
  /** DER PKCS#8; undefined where the key is not kept here. */
  readonly privateKey: Buffer | undefined;
  readonly crlUrls: readonly string[];
  readonly aiaUrls: readonly string[];
  readonly ecKeyUsage: 'standard' | 'cisco' | null;
  readonly validityDays: number | null;
  readonly acceptExpiredUntil: Date | null;
}

export interface LoadedIdentity {
  readonly identity: CapfIdentity;
  readonly issuer: LscIssuer;
  /** Whether this call made it. */
  readonly created: boolean;
}

const localIssuer = 'local';

/**
 * The active CAPF identity and the default issuer of LSCs. On the first start of all nodes exactly one of them makes a
 * key pair, which serves as both; the private key is kept sealed.
 *
 * @param make called at most once, under a lock that other starting nodes wait for
 * @param actor whom the audit names as the maker
 * @throws StoreError `sealed-value-unreadable`; whatever `make` throws, with nothing kept
 */
export async function loadOrCreateIdentity(
  database: Database,
  secretKey: SecretKey,
  make: () => Promise<NewCapfIdentity>,
  actor = 'system',
): Promise<LoadedIdentity> {
  const known = await load(database.queries, secretKey);
  if (known !== undefined) return { ...known, created: false };
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'capf-identity');
    const meanwhile = await load(queries, secretKey);
    if (meanwhile !== undefined) return { ...meanwhile, created: false };
    await keep(queries, secretKey, await make(), actor);
    const made = await load(queries, secretKey);
    if (made === undefined) throw new TypeError('the identity just made is not there');
    return { ...made, created: true };
  });
}

async function load(
  queries: Queries,
  secretKey: SecretKey,
): Promise<{ identity: CapfIdentity; issuer: LscIssuer } | undefined> {
  const identity = await queries
    .selectFrom('capf_identity')
    .innerJoin('private_key', 'private_key.id', 'capf_identity.private_key_id')
    .where('capf_identity.state', '=', 'active')
    .select(['capf_identity.id', 'certificate', 'chain', 'private_key_id', 'sealed'])
    .executeTakeFirst();
  if (identity === undefined) return undefined;
  const issuer = await queries
    .selectFrom('issuer')
    .leftJoin('private_key', 'private_key.id', 'issuer.private_key_id')
    .where('issuer.is_default', '=', true)
    .selectAll('issuer')
    .select('sealed')
    .executeTakeFirstOrThrow();
  return {
    identity: {
      id: identity.id,
      certificate: identity.certificate,
      chain: identity.chain,
      privateKey: openPrivateKey(secretKey, identity.private_key_id, identity.sealed ?? Buffer.alloc(0)),
    },
    issuer: {
      id: issuer.id,
      name: issuer.name,
      kind: issuer.kind,
      certificate: issuer.certificate,
      chain: issuer.chain,
      privateKey:
        issuer.private_key_id === null || issuer.sealed === null
          ? undefined
          : openPrivateKey(secretKey, issuer.private_key_id, issuer.sealed),
      crlUrls: issuer.crl_urls,
      aiaUrls: issuer.aia_urls,
      ecKeyUsage: issuer.ec_key_usage,
      validityDays: issuer.validity_days,
      acceptExpiredUntil: issuer.accept_expired_until,
    },
  };
}

async function keep(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  made: NewCapfIdentity,
  actor: string,
): Promise<void> {
  const { algorithm, publicKey } = made;
  const id = await keepPrivateKey(
    queries,
    secretKey,
    { algorithm, publicKey, kept: { pkcs8: made.privateKey } },
    'capf',
  );
  if (id === 'keptElsewhere') throw new TypeError('the key just made is on record already');
  const shared = {
    certificate: Buffer.from(made.certificate),
    chain: (made.chain ?? []).map((der) => Buffer.from(der)),
    private_key_id: id,
    state: 'active',
  } as const;
  await queries
    .insertInto('capf_identity')
    .values({ ...shared, activated_at: sql<Date>`now()` })
    .execute();
  await queries
    .insertInto('issuer')
    .values({ ...shared, name: localIssuer, kind: 'local', is_default: true, activated_at: sql<Date>`now()` })
    .execute();
  await recordAudit(queries, {
    actor,
    action: 'capf-identity.create',
    subjectKind: 'capf-identity',
    subject: localIssuer,
    detail: { algorithm: made.algorithm },
  });
}
