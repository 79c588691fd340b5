import type { Database } from '../../database/connect.js';
import type { Cause } from '../operations/operation-at-work.js';

/** Whether an authority elsewhere is asked: `open`: it was away too often in a row; `halfOpen`: one call tries whether it is back. */
export type Circuit = 'closed' | 'open' | 'halfOpen';

/** How an authority elsewhere stands, as one node sees it. */
export interface AuthorityStandingFacts {
  readonly issuer: number;
  /** UUID. */
  readonly node: string;
  readonly circuit: Circuit;
  /** Why it could not be asked last; null when it answered. */
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly changedAt: Date;
}

/** Notes how an authority stands for a node. */
export async function noteStanding(
  database: Database,
  issuer: number,
  node: string,
  circuit: Circuit,
  cause: Cause | undefined,
): Promise<void> {
  await database.prepared('note-standing', 'select opencapf_private.note_standing($1, $2, $3, $4, $5)', [
    issuer,
    node,
    circuit,
    cause?.code,
    cause?.words,
  ]);
}

/** How authorities elsewhere stand for the nodes that are known now and have met trouble with them. */
export async function listStandings(database: Database): Promise<readonly AuthorityStandingFacts[]> {
  const { rows } = await database.prepared<AuthorityStandingFacts>(
    'list-standings',
    `select s.issuer_id as issuer, s.node_id as node, s.circuit, s.reason_code as "reasonCode", s.reason,
       s.changed_at as "changedAt"
     from opencapf_private.authority_standing s join opencapf_private.node n on n.id = s.node_id
     order by s.issuer_id, s.node_id`,
    [],
  );
  return rows;
}
