import {
  type AnchorPurpose,
  type CertificateRecord,
  type ChainRefusal,
  checkPublicKey,
  compileTrustAnchors,
  PkiError,
  readCertificate,
  sha256Hex,
  type TrustAnchor,
  verifyToAnchor,
} from '@opencapf/pki';
import type { CertificateAtHand } from '@opencapf/store';
import { AdminApiError, type AdminApiErrorCode } from './errors.js';

/** What a certificate is checked against. */
export interface CertificateChecks {
  readonly deviceName: string;
  /** Issuers of ours, and the trust store. */
  readonly anchors: readonly TrustAnchor[];
  /** What it is where its name does not tell. */
  readonly type: 'LSC' | 'MIC' | undefined;
  /** Whether it is taken although no anchor vouches for it, or its dates are past. */
  readonly force: boolean;
  readonly minRsaKeySize: number;
  readonly now: Date;
}

const vouchingFor: Readonly<Record<'LSC' | 'MIC', readonly AnchorPurpose[]>> = {
  LSC: ['lscIssuer', 'foreignCapf'],
  MIC: ['mic'],
};

/**
 * Checks a certificate of a phone that an administrator has at hand as one that the phone shows: name, key, issuer, dates.
 *
 * @param given - PEM or DER
 * @throws PkiError `certificate-unreadable`, a code that begins with `public-key-`
 * @throws AdminApiError `certificate-name-mismatch`, `certificate-unverified`, `certificate-not-in-its-dates`
 */
export function checkCertificateAtHand(given: Uint8Array, checks: CertificateChecks): CertificateAtHand {
  const { deviceName, anchors, force, now } = checks;
  const certificate = readCertificate(given);
  const type = typeOf(certificate, deviceName, checks.type);
  requireSoundKey(certificate, anchors, checks.minRsaKeySize);
  if (!force) {
    const vouching = anchors.filter(({ purpose }) => vouchingFor[type].includes(purpose));
    const chain = verifyToAnchor(certificate, compileTrustAnchors(vouching), now);
    if (!chain.ok) throw new AdminApiError(refusals[chain.code], chain.reason);
  }
  return {
    type,
    der: certificate.der,
    serial: Buffer.from(certificate.serial, 'hex'),
    publicKey: certificate.spki,
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    forced: force,
  };
}

const refusals: Readonly<Record<ChainRefusal, AdminApiErrorCode>> = {
  'chain-issuer-unknown': 'certificate-unverified',
  'chain-signature-invalid': 'certificate-unverified',
  'chain-certificate-is-ca': 'certificate-unverified',
  'chain-key-usage': 'certificate-unverified',
  'chain-extension-unknown': 'certificate-unverified',
  'chain-expired': 'certificate-not-in-its-dates',
  'chain-not-yet-valid': 'certificate-not-in-its-dates',
  'chain-issuer-expired': 'certificate-not-in-its-dates',
  'chain-issuer-not-yet-valid': 'certificate-not-in-its-dates',
};

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
  anchors: readonly TrustAnchor[],
  minRsaBits: number,
): void {
  if (keyType === undefined) throw new PkiError('public-key-algorithm-unsupported');
  const forbiddenKeys = new Set(anchors.map(({ der }) => sha256Hex(readCertificate(der).spki)));
  const check = checkPublicKey(spki, keyType, { minRsaBits, forbiddenKeys });
  if (!check.ok) throw new PkiError(check.code, check.reason);
}
