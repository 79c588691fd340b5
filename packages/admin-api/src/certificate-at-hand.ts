import {
  type CertificateRecord,
  checkPublicKey,
  PkiError,
  readCertificate,
  sha256Hex,
  verifySignedBy,
} from '@opencapf/pki';
import type { CertificateAtHand } from '@opencapf/store';
import { AdminApiError } from './errors.js';

/** What a certificate is checked against. */
export interface CertificateChecks {
  readonly deviceName: string;
  /** Certificates of issuers of ours, DER. */
  readonly issuers: readonly Uint8Array[];
  /** What it is where its name does not tell. */
  readonly type: 'LSC' | 'MIC' | undefined;
  /** Whether it is taken although no issuer of ours signed it, or its dates are past. */
  readonly force: boolean;
  readonly minRsaKeySize: number;
  readonly now: Date;
}

/**
 * Checks a certificate of a phone that an administrator has at hand as one that the phone shows: name, key, issuer, dates.
 *
 * @param given - PEM or DER
 * @throws PkiError `certificate-unreadable`, a code that begins with `public-key-`
 * @throws AdminApiError `certificate-name-mismatch`, `certificate-unverified`, `certificate-not-in-its-dates`
 */
export function checkCertificateAtHand(given: Uint8Array, checks: CertificateChecks): CertificateAtHand {
  const { deviceName, force, now } = checks;
  const certificate = readCertificate(given);
  const issuers = checks.issuers.map((der) => readCertificate(der));
  const type = typeOf(certificate, deviceName, checks.type);
  requireSoundKey(certificate, issuers, checks.minRsaKeySize);
  if (!force && !issuers.some((issuer) => verifySignedBy(certificate, issuer))) {
    throw new AdminApiError('certificate-unverified', `issuer ${certificate.issuer}`);
  }
  const { notBefore, notAfter } = certificate;
  if (!force && (now < notBefore || now > notAfter)) {
    throw new AdminApiError('certificate-not-in-its-dates', `${notBefore.toISOString()} to ${notAfter.toISOString()}`);
  }
  return {
    type,
    der: certificate.der,
    serial: Buffer.from(certificate.serial, 'hex'),
    publicKey: certificate.spki,
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore,
    notAfter,
    forced: force,
  };
}

/** An LSC bears the device's name; a MIC that name alone or after its model. */
function typeOf(
  { commonName, subject }: CertificateRecord,
  deviceName: string,
  said: 'LSC' | 'MIC' | undefined,
): 'LSC' | 'MIC' {
  if (commonName === deviceName) return said ?? 'LSC';
  const model = commonName?.endsWith(`-${deviceName}`) ? commonName.slice(0, -deviceName.length - 1) : '';
  if (/^[A-Za-z0-9-]+$/.test(model) && said !== 'LSC') return 'MIC';
  throw new AdminApiError('certificate-name-mismatch', `subject ${subject}`);
}

function requireSoundKey(
  { keyType, spki }: CertificateRecord,
  issuers: readonly CertificateRecord[],
  minRsaBits: number,
): void {
  if (keyType === undefined) throw new PkiError('public-key-algorithm-unsupported');
  const forbiddenKeys = new Set(issuers.map((issuer) => sha256Hex(issuer.spki)));
  const check = checkPublicKey(spki, keyType, { minRsaBits, forbiddenKeys });
  if (!check.ok) throw new PkiError(check.code, check.reason);
}
