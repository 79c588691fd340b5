import type { Database } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { againAfterDeadlock } from '../deadlock.js';
import type { SignedCertificate } from './certificate-issuance.js';

/** A certificate that an administrator has at hand and that has been checked. */
export interface CertificateAtHand extends SignedCertificate {
  readonly type: 'LSC' | 'MIC';
  /** Big-endian. */
  readonly serial: Uint8Array;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Whether it is recorded although nothing vouches for it. */
  readonly forced: boolean;
}

/** What came of {@link recordCertificate}. */
export type Recorded =
  | { readonly outcome: 'recorded'; readonly certificate: number }
  | { readonly outcome: 'deviceUnknown' }
  /** It was superseded, deleted or revoked before. */
  | { readonly outcome: 'outOfUse' }
  | { readonly outcome: 'keyOfAnother'; readonly other: string };

/**
 * Records a certificate of a phone by hand. An LSC counts as installed, takes the place of the one before, and the
 * contract shows it; a MIC is shown as long as the phone has no LSC.
 */
export async function recordCertificate(
  database: Database,
  deviceName: string,
  certificate: CertificateAtHand,
  author: Author,
): Promise<Recorded> {
  const { type, der, publicKey, serial, subject, issuer, notBefore, notAfter, forced } = certificate;
  return await againAfterDeadlock(async () => {
    const { rows } = await database.prepared<{ outcome: Recorded['outcome']; id: number; other: string }>(
      'record-certificate',
      'select * from opencapf_private.record_certificate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
      [
        deviceName,
        type,
        Buffer.from(der),
        Buffer.from(publicKey),
        Buffer.from(serial),
        subject,
        issuer,
        notBefore,
        notAfter,
        forced,
        author.name,
        author.remoteAddress,
      ],
    );
    const [row] = rows;
    switch (row?.outcome) {
      case 'recorded':
        return { outcome: row.outcome, certificate: row.id };
      case 'keyOfAnother':
        return { outcome: row.outcome, other: row.other };
      case 'outOfUse':
        return { outcome: row.outcome };
      default:
        return { outcome: 'deviceUnknown' };
    }
  });
}
