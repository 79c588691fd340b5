import { sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import type { StoredListKind } from '../../database/tables-trust-lists.js';

/** A list as it is served. */
export interface BuiltTrustList {
  readonly bytes: Buffer;
  /** The first 16 hex digits of the SHA-256 of what it was built from. */
  readonly version: string;
}

/** What is known of a list that is served, without its bytes. */
export interface TrustListRecord {
  readonly kind: StoredListKind;
  readonly version: string;
  /** How many there are. */
  readonly bytes: number;
  /** How many certificates it holds. */
  readonly certificates: number;
  readonly builtAt: Date;
}

/** The list to be served; undefined when none was built, and of a CTL that is not served. */
export async function currentTrustList(database: Database, kind: StoredListKind): Promise<BuiltTrustList | undefined> {
  const { rows } = await database.prepared<BuiltTrustList>(
    'current-trust-list',
    `select l.bytes, l.version from opencapf_private.trust_list l, opencapf_private.trust_list_plan p
     where l.kind = $1 and ($1 = 'itl' or p.serves_ctl) order by l.id desc limit 1`,
    [kind],
  );
  return rows[0];
}

/** The lists to be served: the ITL, then the CTL. */
export async function listTrustLists(queries: Queries): Promise<readonly TrustListRecord[]> {
  const { rows } = await sql<TrustListRecord>`
    select distinct on (l.kind) l.kind, l.version, octet_length(l.bytes) as bytes, cardinality(l.certificates) as certificates,
      l.built_at as "builtAt"
    from opencapf_private.trust_list l, opencapf_private.trust_list_plan p
    where l.kind = 'itl' or p.serves_ctl order by l.kind desc, l.id desc`.execute(queries);
  return rows;
}
