import type { Database } from '../../database/connect.js';
import type { SignedCertificate } from '../certificates/certificate-issuance.js';
import type { Cause } from '../operations/operation-at-work.js';

/** A claim of a node: its word counts for as long as nobody else has taken the request up. */
export interface Claim {
  /** The id of the certificate that the request is for. */
  readonly certificate: number;
  /** UUID. */
  readonly node: string;
}

/** What a request is to wait for next. */
export interface Deferral {
  /** `waiting`: to be sent; `pending`: to be polled; `lost`: to be reconciled. */
  readonly state: 'waiting' | 'pending' | 'lost';
  /** How the authority names it, where it has said so. */
  readonly pollReference?: string | undefined;
  /** Milliseconds to the next attempt; undefined: it waits for somebody's hand. */
  readonly afterMs: number | undefined;
}

/**
 * Puts a request off that nothing was settled about. Why is shown with the operation, where no session works on that.
 *
 * @returns false when the claim counts no more; then nothing was recorded
 */
export async function deferRequest(
  database: Database,
  { certificate, node }: Claim,
  { state, pollReference, afterMs }: Deferral,
  { code, words }: Cause,
): Promise<boolean> {
  const { rows } = await database.prepared<{ done: boolean }>(
    'defer-request',
    `select opencapf_private.defer_request($1, $2, $3, $4, $5 * interval '1 millisecond', $6, $7) as done`,
    [certificate, node, state, pollReference, afterMs, code, words],
  );
  return rows[0]?.done === true;
}

/**
 * Ends a request that no certificate comes of. Where no session works on its operation, that fails with the same cause
 * (`denied`, `failed`), or the phone is to come again and is asked for a new key (`abandoned`: nobody can say what came of it).
 *
 * @returns as {@link deferRequest}
 */
export async function endRequest(
  database: Database,
  { certificate, node }: Claim,
  state: 'denied' | 'failed' | 'abandoned',
  { code, words }: Cause,
): Promise<boolean> {
  const { rows } = await database.prepared<{ done: boolean }>(
    'end-request',
    'select opencapf_private.end_request($1, $2, $3, $4, $5) as done',
    [certificate, node, state, code, words],
  );
  return rows[0]?.done === true;
}

/** A certificate of an authority elsewhere, which chooses the serial number. */
export interface ArrivedCertificate extends SignedCertificate {
  /** Big-endian. */
  readonly serial: Uint8Array;
}

/**
 * What came of {@link recordArrived}. `issued`: the phone is to fetch it; `late`: nobody wants it any more, it is stale;
 * `known`: one is on record for this request; `serialKnown`: the issuer gave its serial number to another, and nothing was
 * recorded.
 */
export type Arrival = 'issued' | 'late' | 'known' | 'serialKnown';

/**
 * Records a certificate that was checked to be what was asked for, whoever brings it and however late: it exists. Where no
 * session works on its operation, a reset of the phone is asked for.
 *
 * @param certificate - the id of what was intended
 */
export async function recordArrived(
  database: Database,
  certificate: number,
  { der, serial, subject, issuer, notBefore, notAfter }: ArrivedCertificate,
): Promise<Arrival> {
  const { rows } = await database.prepared<{ outcome: Arrival }>(
    'record-arrived',
    'select opencapf_private.issue_request($1, $2, $3, $4, $5, $6, $7) as outcome',
    [certificate, der, serial, subject, issuer, notBefore, notAfter],
  );
  return rows[0]?.outcome ?? 'known';
}
