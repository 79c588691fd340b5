import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { IssuerTable } from '../../database/tables.js';

/** Somebody whom call control, RADIUS, VPN gateways and SRST must trust, or will have to, or still have to. */
export interface TrustBundleEntry {
  /** `issuer`: signs LSCs; `capf`: what phones meet on port 3804. */
  readonly role: 'issuer' | 'capf';
  /** Of an issuer its name, else the number of the identity. */
  readonly name: string;
  readonly state: IssuerTable['state'];
  /** DER. */
  readonly certificate: Buffer;
  /** DER, from the certificate's issuer upwards. */
  readonly chain: readonly Buffer[];
}

/** Staged, active and retired ones: issuers first, and of each the oldest first. */
export async function readTrustBundle(database: Database): Promise<readonly TrustBundleEntry[]> {
  const { rows } = await sql<TrustBundleEntry>`
    select 'issuer' as role, name, state, certificate, chain from (
      select * from opencapf_private.issuer where certificate is not null order by id) i
    union all
    select 'capf', id::text, state, certificate, chain from (
      select * from opencapf_private.capf_identity order by id) c`.execute(database.queries);
  return rows;
}

/** Changes whenever an issuer or a CAPF identity does; compared for equality alone. */
export async function readAuthorityVersion(database: Database): Promise<string> {
  const { rows } = await database.prepared<{ version: string }>(
    'read-authority-version',
    'select version::text from opencapf_private.authority_version',
    [],
  );
  return rows[0]?.version ?? '';
}
