import type { Database } from '../../database/connect.js';
import type { TrustPurpose } from './trust-certificates.js';

/** A certificate of the trust store as proofs are checked against it. */
export interface StoredTrustAnchor {
  /** SHA-256 over the DER, lower-case hex. */
  readonly sha256: string;
  readonly der: Buffer;
  readonly purpose: TrustPurpose;
  /** Whether certificates that it signed are accepted after their end, and after its own. */
  readonly allowExpired: boolean;
}

/** Every certificate of the trust store, in an order that does not change. */
export async function readTrustAnchors(database: Database): Promise<readonly StoredTrustAnchor[]> {
  const { rows } = await database.prepared<StoredTrustAnchor>(
    'read-trust-anchors',
    `select encode(sha256, 'hex') as sha256, der, purpose, allow_expired as "allowExpired"
     from opencapf_private.trust_certificate order by created_at, sha256`,
    [],
  );
  return rows;
}

/**
 * A text that changes whenever an anchor comes, goes or is judged otherwise: in the trust store, or among the issuers of
 * ours. Whoever keeps what it read of them asks for this before each use.
 */
export async function readTrustVersion(database: Database): Promise<string> {
  const { rows } = await database.prepared<{ version: string }>(
    'read-trust-version',
    `select md5(
       coalesce((select string_agg(t.sha256::text || t.purpose || t.allow_expired, ',' order by t.sha256)
         from opencapf_private.trust_certificate t), '')
       || ';' || coalesce((select string_agg(
           concat_ws(' ', i.id, i.certificate_sha256, i.state, extract(epoch from i.accept_expired_until)), ',' order by i.id)
         from opencapf_private.issuer i), '')) as version`,
    [],
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('the version of the trust store is no row');
  return row.version;
}
