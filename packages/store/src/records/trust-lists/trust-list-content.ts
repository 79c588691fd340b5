import { sql } from 'kysely';
import type { Queries } from '../../database/connect.js';
import { type FileSignerFacts, listFileSigners } from './file-signers.js';
import { listTrustListEntries, type TrustListEntry } from './trust-list-entries.js';

/** What is to be served. */
export interface TrustListPlan {
  readonly servesCtl: boolean;
  /** Whether lists tell phones to fetch their configuration over HTTPS, and whom they meet there. */
  readonly servesHttps: boolean;
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
  /** CAPF's own certificates, DER: the active one, the one before while some node may still show it, then staged ones. */
  readonly capf: readonly Buffer[];
}

/** Nodes show another certificate within a second; one that hangs that long has lost its phones anyway. */
const secondsToSwitch = 30;

/** What lists are built from now. */
export async function readTrustListContent(queries: Queries): Promise<TrustListContent> {
  const { rows } = await sql<TrustListPlan>`
    select serves_ctl as "servesCtl", serves_https as "servesHttps", signed_by as "signedBy", released_to as "releasedTo"
    from opencapf_private.trust_list_plan`.execute(queries);
  const [plan] = rows;
  if (plan === undefined) throw new TypeError('the plan of the trust lists is not there');
  const [signers, entries, capf] = [
    await listFileSigners(queries),
    await listTrustListEntries(queries),
    await listCapfCertificates(queries),
  ];
  return {
    plan,
    signers: signers.filter(({ state }) => state !== 'retired').reverse(),
    entries,
    capf,
  };
}

async function listCapfCertificates(queries: Queries): Promise<readonly Buffer[]> {
  const { rows } = await sql<{ readonly certificate: Buffer }>`
    select certificate from opencapf_private.capf_identity
    where state in ('active', 'staged') or retired_at > now() - make_interval(secs => ${sql.lit(secondsToSwitch)})
    order by array_position(array['active', 'retired', 'staged'], state), id`.execute(queries);
  return rows.map(({ certificate }) => certificate);
}
