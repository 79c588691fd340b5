import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { AuthorityRequestState } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { type Page, pageOf } from '../page.js';

/** A request to an authority elsewhere, as administrators see it. */
export interface AuthorityRequestFacts {
  /** The id of the certificate that it is for. */
  readonly certificate: number;
  readonly issuer: number;
  readonly device: string;
  readonly operation: number | null;
  readonly state: AuthorityRequestState;
  /** Our own name for it, and the authority's where it has said one. */
  readonly reference: string;
  readonly pollReference: string | null;
  readonly attempts: number;
  /** Null when it has ended, a node is at it now, or it waits for somebody's hand. */
  readonly nextAttemptAt: Date | null;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly endedAt: Date | null;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** What is sent, in the form of its protocol. */
  readonly request: Buffer;
}

export interface AuthorityRequestFilter {
  readonly certificate?: number | undefined;
  readonly issuer?: number | undefined;
  readonly device?: string | undefined;
  readonly operation?: number | undefined;
  readonly state?: AuthorityRequestState | undefined;
  /** Whether it has not ended. */
  readonly open?: boolean | undefined;
}

/** Requests, the newest first. @param before - the number that the page before ended with */
export async function listAuthorityRequests(
  database: Database,
  { certificate, issuer, device, operation, state, open }: AuthorityRequestFilter,
  limit: number,
  before: number | undefined,
): Promise<Page<AuthorityRequestFacts, number>> {
  const rows = await database.queries
    .selectFrom('authority_request as r')
    .innerJoin('certificate as c', 'c.id', 'r.certificate_id')
    .$if(certificate !== undefined, (query) => query.where('r.certificate_id', '=', certificate ?? 0))
    .$if(issuer !== undefined, (query) => query.where('r.issuer_id', '=', issuer ?? 0))
    .$if(device !== undefined, (query) => query.where('c.device_name', '=', device ?? ''))
    .$if(operation !== undefined, (query) => query.where('c.operation_id', '=', operation ?? 0))
    .$if(state !== undefined, (query) => query.where('r.state', '=', state ?? 'waiting'))
    .$if(open !== undefined, (query) => query.where('r.ended_at', open ? 'is' : 'is not', null))
    .$if(before !== undefined, (query) => query.where('r.certificate_id', '<', before ?? 0))
    .select([
      'r.certificate_id as certificate',
      'r.issuer_id as issuer',
      'c.device_name as device',
      'c.operation_id as operation',
      'r.state',
      sql<string>`c.authority_reference`.as('reference'),
      'r.poll_reference as pollReference',
      'r.attempts',
      sql<Date | null>`case when r.ended_at is null and r.owner is null then nullif(r.next_attempt_at, 'infinity') end`.as(
        'nextAttemptAt',
      ),
      'r.reason_code as reasonCode',
      'r.reason',
      'r.created_at as createdAt',
      'r.sent_at as sentAt',
      'r.ended_at as endedAt',
      'c.public_key as publicKey',
      sql<Buffer>`c.request`.as('request'),
    ])
    .orderBy('r.certificate_id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, (row) => row.certificate);
}

/**
 * Has open requests tried now, also while their authority seems to be away; what a node is at work on is left to it.
 *
 * @param which - one by the id of its certificate, or all of an issuer
 * @returns how many
 */
export async function hastenRequests(
  database: Database,
  which: { readonly certificate: number } | { readonly issuer: number },
  author: Author,
): Promise<number> {
  const { certificate, issuer } = { certificate: undefined, issuer: undefined, ...which };
  const { rows } = await database.prepared<{ hastened: number }>(
    'hasten-requests',
    'select opencapf_private.hasten_requests($1, $2, $3, $4) as hastened',
    [certificate, issuer, author.name, author.remoteAddress],
  );
  return rows[0]?.hastened ?? 0;
}
