import {
  type CertificateRecord,
  longestStorableCertificate,
  PkiError,
  readCertificate,
  readPublicKey,
  verifySignedBy,
} from '@opencapf/pki';
import type { IssuedCertificate } from './authority.js';
import { AuthorityError } from './errors.js';

/** What a certificate was asked for with, and by whom it is to be signed. */
export interface ExpectedCertificate {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly issuer: CertificateRecord;
  readonly now: Date;
}

/** How far ahead the clock of an authority may be. */
const clockToleranceMs = 10 * 60_000;

/**
 * Finds the certificate that was asked for among those that an authority answered with, and makes sure that phones can use
 * it: the key that was asked for, CN = device name, digitalSignature and for RSA keys keyEncipherment where there is a key
 * usage (security-guide-extracts.md, "Current Online CA limitations": devices cannot register without), not a CA, signed by
 * the issuer, within its dates, short enough for phones. What fails is never passed on to a phone.
 *
 * @param answered - DER.
 * @throws AuthorityError `issued-certificate-*`, `certificate-too-large`
 */
export function checkIssuedCertificate(
  answered: readonly Uint8Array[],
  { deviceName, spki, issuer, now }: ExpectedCertificate,
): IssuedCertificate {
  const lsc = answered.map(readAnswered).find((certificate) => Buffer.compare(certificate.spki, spki) === 0);
  if (lsc === undefined) throw new AuthorityError('issued-certificate-missing');
  if (lsc.commonName !== deviceName) {
    throw new AuthorityError(
      'issued-certificate-name',
      `The authority issued for "${lsc.subject}". Let its template take the subject from the request.`,
    );
  }
  checkUsage(lsc);
  if (!verifySignedBy(lsc, issuer)) {
    throw new AuthorityError(
      'issued-certificate-untrusted',
      `It is issued by "${lsc.issuer}"; the settings of the authority say "${issuer.subject}". Correct the trust anchor for issued LSCs.`,
    );
  }
  if (lsc.notAfter <= now || lsc.notBefore.getTime() > now.getTime() + clockToleranceMs) {
    throw new AuthorityError(
      'issued-certificate-expired',
      `It is valid from ${lsc.notBefore.toISOString()} to ${lsc.notAfter.toISOString()}. Check the clock and the template of the authority.`,
    );
  }
  if (lsc.der.length > longestStorableCertificate) {
    throw new AuthorityError(
      'certificate-too-large',
      `The certificate has ${lsc.der.length} bytes, and phones take ${longestStorableCertificate}. Shorten the template's URLs or names.`,
    );
  }
  const { der: certificate, subject, issuer: issuedBy, notBefore, notAfter } = lsc;
  return { certificate, serial: Buffer.from(lsc.serial, 'hex'), subject, issuer: issuedBy, notBefore, notAfter };
}

function readAnswered(der: Uint8Array): CertificateRecord {
  try {
    return readCertificate(der);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new AuthorityError('issued-certificate-unreadable', undefined, { cause });
  }
}

function checkUsage({ isCa, keyUsage, spki }: CertificateRecord): void {
  if (isCa) {
    throw new AuthorityError('issued-certificate-usage', 'It is the certificate of a CA. Choose another template.');
  }
  const needed = ['digitalSignature', ...(readPublicKey(spki).kind === 'rsa' ? ['keyEncipherment'] : [])] as const;
  const lacking = keyUsage === undefined ? [] : needed.filter((usage) => !keyUsage.some((has) => has === usage));
  if (lacking.length > 0) {
    throw new AuthorityError(
      'issued-certificate-usage',
      `It lacks the key usage ${lacking.join(' and ')}, which phones need. Add it to the template of the authority.`,
    );
  }
}
