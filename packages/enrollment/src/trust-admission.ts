import { compileTrustAnchors, readCertificate, readTrustUpload, sha256Hex } from '@opencapf/pki';
import type { NewTrustCertificate, TrustPurpose } from '@opencapf/store';
import { EnrollmentError } from './errors.js';

/** A certificate that may enter the CAPF trust store. */
export interface AdmittedCertificate extends NewTrustCertificate {
  readonly purpose: TrustPurpose;
}

/** The source documents keep it for CAPF certificates (security-guide-extracts.md, "Upload Root Certificate for Third-Party CAs"). */
const reservedForCapf = /CAPF-/i;

/**
 * The rules for what may enter the CAPF trust store, whoever brings it: by REST or as a file.
 *
 * One of our own issuers may not stand there as somebody else's: what it signed is judged by what is on record, and an
 * LSC that was superseded or revoked must not pass as a MIC or as an LSC of another cluster.
 *
 * @param upload - one certificate, PEM or DER, or several, PEM or PKCS#7
 * @param purpose - left out: `foreignCapf` for a certificate that is named as those of CAPF are, else `mic`
 * @param ownIssuers - certificates of the issuers of LSCs here, retired ones too, DER
 * @throws PkiError a code that begins with `trust-upload-`; `public-key-malformed`
 * @throws EnrollmentError `trust-name-reserved`, `trust-issuer-of-ours`
 */
export function admitToTrustStore(
  upload: Uint8Array,
  purpose: TrustPurpose | undefined,
  ownIssuers: readonly Uint8Array[],
): readonly AdmittedCertificate[] {
  const ownKeys = new Set(ownIssuers.map((der) => sha256Hex(readCertificate(der).spki)));
  return readTrustUpload(upload).map(({ der, spki, commonName, subject, issuer, notBefore, notAfter }) => {
    // Where there is not exactly one common name, the subject as a whole is looked at.
    const namedAsCapf = reservedForCapf.test(commonName ?? subject);
    const wanted = purpose ?? (namedAsCapf ? 'foreignCapf' : 'mic');
    if (wanted === 'lscIssuer' && namedAsCapf) throw new EnrollmentError('trust-name-reserved', subject);
    if (wanted !== 'lscIssuer' && ownKeys.has(sha256Hex(spki))) {
      throw new EnrollmentError('trust-issuer-of-ours', subject);
    }
    compileTrustAnchors([{ der, purpose: wanted }]);
    return {
      purpose: wanted,
      der,
      sha256: sha256Hex(der),
      subject: wellFormed(subject),
      issuer: wellFormed(issuer),
      notBefore,
      notAfter,
    };
  });
}

/** A name may hold halves of surrogate pairs, which PostgreSQL takes in no text. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
