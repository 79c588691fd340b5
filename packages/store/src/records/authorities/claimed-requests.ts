import type { Database } from '../../database/connect.js';

/** A request to an authority elsewhere that a node is at work on now, and what it is to do about it. */
export interface ClaimedRequest {
  /** The id of the certificate that it is for. */
  readonly certificate: number;
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly request: Buffer;
  /** Our own name for it. */
  readonly reference: string;
  /** How often it was claimed, this time too. */
  readonly attempts: number;
  readonly todo:
    | { readonly step: 'send' }
    /** @property pollReference - how the authority names it */
    | { readonly step: 'poll'; readonly pollReference: string }
    /** The authority may have taken it, and nobody knows what came of it. */
    | { readonly step: 'reconcile' };
}

interface ClaimedRow extends Omit<ClaimedRequest, 'todo'> {
  readonly state: 'sending' | 'pending' | 'lost';
  readonly pollReference: string | null;
}

/**
 * Claims what is due of an authority that is active, the longest due first: the claim is committed before anything leaves. Nobody else is at
 * work on it until the lease is over; then what was being sent counts as lost.
 *
 * @param node - UUID
 * @param most - at most so many
 */
export async function claimRequests(
  database: Database,
  issuer: number,
  node: string,
  most: number,
  leaseMs: number,
): Promise<readonly ClaimedRequest[]> {
  const { rows } = await database.prepared<ClaimedRow>(
    'claim-requests',
    `select r.certificate_id as certificate, c.device_name as "deviceName", c.public_key as "publicKey", c.request,
       c.authority_reference as reference, r.attempts, r.state, r.poll_reference as "pollReference"
     from opencapf_private.claim_requests($1, $2, $3, $4 * interval '1 millisecond') r
     join opencapf_private.certificate c on c.id = r.certificate_id`,
    [issuer, node, most, leaseMs],
  );
  return rows.map(({ state, pollReference, ...request }) => ({ ...request, todo: todoOf(state, pollReference) }));
}

function todoOf(state: ClaimedRow['state'], pollReference: string | null): ClaimedRequest['todo'] {
  switch (state) {
    case 'sending':
      return { step: 'send' };
    case 'pending':
      return { step: 'poll', pollReference: pollReference ?? '' };
    case 'lost':
      return { step: 'reconcile' };
  }
}

/** An authority of which something is due. */
export interface DueAuthority {
  readonly issuer: number;
  /** Whether an administrator wants something of it tried now. */
  readonly atOnce: boolean;
}

/** What is due anywhere, and the version that authorities are to be of (see `KnownDevice`). */
export interface DueAuthorities {
  readonly version: number;
  readonly due: readonly DueAuthority[];
}

/** Looks which active authorities have something due: one short look for each, however many requests wait. */
export async function findDueAuthorities(database: Database): Promise<DueAuthorities> {
  const { rows } = await database.prepared<{ version: number; issuer: number | null; atOnce: boolean }>(
    'find-due-authorities',
    `select v.version, i.id as issuer, exists (
         select from opencapf_private.authority_request r where r.issuer_id = i.id and r.at_once) as "atOnce"
     from opencapf_private.authority_version v
     left join opencapf_private.issuer i on i.kind <> 'local' and i.state = 'active' and exists (
       select from opencapf_private.authority_request r
       where r.issuer_id = i.id and r.ended_at is null and r.next_attempt_at <= now())`,
    [],
  );
  const due = rows.flatMap(({ issuer, atOnce }) => (issuer === null ? [] : [{ issuer, atOnce }]));
  return { version: rows[0]?.version ?? 0, due };
}
