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
  | { readonly standing: 'intendedBefore'; readonly certificate: number; readonly serial: Buffer; readonly tbs: Buffer }
  /** For this key of this operation a certificate was issued before: it is to be sent again. */
  | { readonly standing: 'issuedBefore'; readonly certificate: number; readonly der: Buffer }
  /** For this key of this operation a certificate was settled before, and revoked meanwhile. */
  | { readonly standing: 'revokedBefore' }
  /** The key is on record for another device. */
  | { readonly standing: 'keyOfAnother'; readonly other: string }
  /** Another session works on the operation now, or it has ended. */
  | { readonly standing: 'lost' };

interface IntendedRow {
  readonly standing: Intended['standing'];
  readonly id: number;
  readonly kept_serial: Buffer;
  readonly kept_tbs: Buffer;
  readonly kept_der: Buffer;
  readonly other: string;
}

/** Commits what is to be signed. One certificate at most comes to be for one public key of one operation. */
export async function intendCertificate(
  database: Database,
  { operation, session }: OperationAtWork,
  { issuer, serial, publicKey, tbs }: IntendedCertificate,
): Promise<Intended> {
  const { rows } = await database.prepared<IntendedRow>(
    'intend-certificate',
    'select * from opencapf_private.intend_certificate($1, $2, $3, $4, $5, $6)',
    [operation, session, issuer, serial, publicKey, tbs],
  );
  const [row] = rows;
  if (row === undefined) return { standing: 'lost' };
  switch (row.standing) {
    case 'intended':
      return { standing: row.standing, certificate: row.id };
    case 'intendedBefore':
      return { standing: row.standing, certificate: row.id, serial: row.kept_serial, tbs: row.kept_tbs };
    case 'issuedBefore':
      return { standing: row.standing, certificate: row.id, der: row.kept_der };
    case 'keyOfAnother':
      return { standing: row.standing, other: row.other };
    case 'revokedBefore':
    case 'lost':
      return { standing: row.standing };
  }
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
