import type { Database } from '../../database/connect.js';

/** An issuer of LSCs of ours, as its LSCs are checked against it. */
export interface IssuerAnchor {
  readonly id: number;
  readonly der: Buffer;
  /** Until when its LSCs are accepted after their end. */
  readonly acceptExpiredUntil: Date | null;
}

/** Every issuer that has signed LSCs here, retired ones too, the newest first. */
export async function readIssuerAnchors(database: Database): Promise<readonly IssuerAnchor[]> {
  const { rows } = await database.prepared<IssuerAnchor>(
    'read-issuer-anchors',
    `select id, certificate as der, accept_expired_until as "acceptExpiredUntil" from opencapf_private.issuer
     where certificate is not null and state in ('active', 'retired') order by id desc`,
    [],
  );
  return rows;
}
