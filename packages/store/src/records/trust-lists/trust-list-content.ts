import { sql } from 'kysely';
import type { Queries } from '../../database/connect.js';
import { listCapfIdentityRows } from '../authorities/capf-identity-states.js';
import { type FileSignerFacts, listFileSigners } from './file-signers.js';
import { listTrustListEntries, type TrustListEntry } from './trust-list-entries.js';

/** What is to be served. */
export interface TrustListPlan {
  readonly servesCtl: boolean;
  readonly signedBy: 'sast' | 'recovery';
  /** The SAST certificate of another cluster, DER; null while phones are ours. */
  readonly releasedTo: Buffer | null;
}

/** All that trust lists are built from. */
export interface TrustListContent {
  readonly plan: TrustListPlan;
  /** Staged and active ones. */
  readonly signers: readonly FileSignerFacts[];
  readonly entries: readonly TrustListEntry[];
  /** CAPF's own certificates, DER: the active one, then staged ones. */
  readonly capf: readonly Buffer[];
}

/** What lists are built from now. */
export async function readTrustListContent(queries: Queries): Promise<TrustListContent> {
  const { rows } = await sql<TrustListPlan>`
    select serves_ctl as "servesCtl", signed_by as "signedBy", released_to as "releasedTo"
    from opencapf_private.trust_list_plan`.execute(queries);
  const [plan] = rows;
  if (plan === undefined) throw new TypeError('the plan of the trust lists is not there');
  const [signers, entries, identities] = [
    await listFileSigners(queries),
    await listTrustListEntries(queries),
    await listCapfIdentityRows(queries),
  ];
  const inState = (wanted: string) =>
    identities.flatMap(({ state, certificate }) => (state === wanted ? [certificate] : []));
  return {
    plan,
    signers: signers.filter(({ state }) => state !== 'retired').reverse(),
    entries,
    capf: [...inState('active'), ...inState('staged').reverse()],
  };
}
