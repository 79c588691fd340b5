import type { Database } from '../../database/connect.js';
import type { OperationAtWork } from '../operations/operation-at-work.js';

/** A certificate as it is settled before it is signed. */
export interface IntendedCertificate {
  /** The issuer's id. */
  readonly issuer: number;
  /** Big-endian. */
  readonly serial: Uint8Array;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER TBSCertificate. */
  readonly tbs: Uint8Array;
}

/** What stands on record after {@link intendCertificate}. */
export type Intended =
  /** What was given is committed. */
  | { readonly standing: 'intended'; readonly certificate: number }
  /** For this key of this operation another was committed before and never came to be issued: it is to be taken up. */
  | {
      readonly standing: 'intendedBefore';
      readonly certificate: number;
      /** What is to be signed; undefined where an authority elsewhere was asked, whose answer is still to come. */
      readonly signable: { readonly serial: Buffer; readonly tbs: Buffer } | undefined;
    }
  /** For this key of this operation a certificate was issued before: it is to be sent again. */
  | { readonly standing: 'issuedBefore'; readonly certificate: number; readonly der: Buffer }
  /** For this key of this operation a certificate was settled before, and revoked meanwhile. */
  | { readonly standing: 'revokedBefore' }
  /** For this key of this operation an authority was asked before, which came to nothing or is no longer the device's. */
  | { readonly standing: 'endedBefore' }
  /** The key is on record for another device. */
  | { readonly standing: 'keyOfAnother'; readonly other: string }
  /** Another session works on the operation now, or it has ended. */
  | { readonly standing: 'lost' };

interface IntendedRow {
  readonly standing: Intended['standing'];
  readonly id: number;
  readonly kept_serial: Buffer | null;
  readonly kept_tbs: Buffer | null;
  readonly kept_der: Buffer;
  readonly other: string;
}

/** Commits what is to be signed. One certificate at most comes to be for one public key of one operation. */
export async function intendCertificate(
  database: Database,
  { operation, session }: OperationAtWork,
  { issuer, serial, publicKey, tbs }: IntendedCertificate,
): Promise<Intended> {
  return await intend(database, [operation, session, issuer, publicKey, serial, tbs, undefined, undefined]);
}

/** A certificate that an authority elsewhere is to be asked for. */
export interface RequestedCertificate extends Pick<IntendedCertificate, 'issuer' | 'publicKey'> {
  /** What is sent. */
  readonly request: Uint8Array;
  /** Our own name for it, unique per issuer. */
  readonly reference: string;
}

/**
 * Commits what an authority elsewhere is to be asked for: it is sent from now on, by whichever node, and what was asked before
 * for another key of this operation is wanted no more. Otherwise as {@link intendCertificate}.
 */
export async function intendRequest(
  database: Database,
  { operation, session }: OperationAtWork,
  { issuer, publicKey, request, reference }: RequestedCertificate,
): Promise<Intended> {
  return await intend(database, [operation, session, issuer, publicKey, undefined, undefined, request, reference]);
}

async function intend(database: Database, values: readonly unknown[]): Promise<Intended> {
  const { rows } = await database.prepared<IntendedRow>(
    'intend-certificate',
    'select * from opencapf_private.intend($1, $2, $3, $4, $5, $6, $7, $8)',
    values,
  );
  const [row] = rows;
  if (row === undefined) return { standing: 'lost' };
  switch (row.standing) {
    case 'intended':
      return { standing: row.standing, certificate: row.id };
    case 'intendedBefore':
      return { standing: row.standing, certificate: row.id, signable: signableOf(row) };
    case 'issuedBefore':
      return { standing: row.standing, certificate: row.id, der: row.kept_der };
    case 'keyOfAnother':
      return { standing: row.standing, other: row.other };
    case 'revokedBefore':
    case 'endedBefore':
    case 'lost':
      return { standing: row.standing };
  }
}

function signableOf({ kept_serial: serial, kept_tbs: tbs }: IntendedRow) {
  return serial === null || tbs === null ? undefined : { serial, tbs };
}

/** A signed certificate. */
export interface SignedCertificate {
  readonly der: Uint8Array;
  /** Text (RFC 4514). */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Commits the signature: only now may the certificate go to the phone.
 *
 * @returns false when another session works on the operation now, it has ended, or the certificate was issued or revoked
 * meanwhile; then nothing was recorded
 */
export async function recordIssued(
  database: Database,
  { operation, session }: OperationAtWork,
  certificate: number,
  { der, subject, issuer, notBefore, notAfter }: SignedCertificate,
): Promise<boolean> {
  const { rows } = await database.prepared<{ done: boolean }>(
    'issue-certificate',
    'select opencapf_private.issue_certificate($1, $2, $3, $4, $5, $6, $7, $8) as done',
    [operation, session, certificate, der, subject, issuer, notBefore, notAfter],
  );
  return rows[0]?.done === true;
}
