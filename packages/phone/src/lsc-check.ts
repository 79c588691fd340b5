import { type CertificateRecord, type KeyPair, PkiError, readCertificate, verifySignedBy } from '@opencapf/pki';
import { CertificateType, type Complete } from '@opencapf/protocol';
import type { CapfTrust } from './capf-trust.js';
import { PhoneError } from './errors.js';
import type { HeldCertificate } from './identity.js';

/** What the phone holds an offered certificate against. */
export interface LscCheck {
  /** The keys that it may be for. */
  readonly keys: readonly KeyPair[];
  readonly trust: CapfTrust | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Checks what STORE_CERTIFICATE_REQUEST brings: an LSC, readable, for a key of the phone and, where it was told whom to
 * trust, issued by one of these and valid now. Without trust no more is asked, as the known clients do.
 *
 * @returns The certificate with its key, or a PhoneError `lsc-*`.
 */
export function checkLsc(
  { certificateType, certificate }: Complete<'StoreCertificateRequest'>,
  { keys, trust, now }: LscCheck,
): HeldCertificate | PhoneError {
  if (certificateType !== CertificateType.LSC) {
    return new PhoneError('lsc-type-unexpected', `certificate type ${certificateType}`);
  }
  if (keys.length === 0) return new PhoneError('lsc-without-key');
  const read = readOffered(certificate.der);
  if (read instanceof PhoneError) return read;
  const key = keys.find(({ spki }) => Buffer.compare(read.spki, spki) === 0);
  if (key === undefined) return new PhoneError('lsc-key-mismatch');
  if (trust !== undefined) {
    if (now < read.notBefore.getTime() || now > read.notAfter.getTime()) {
      return new PhoneError(
        'lsc-outside-validity',
        `${read.notBefore.toISOString()} to ${read.notAfter.toISOString()}, it is ${new Date(now).toISOString()}`,
      );
    }
    if (!trust.some((issuer) => verifySignedBy(read, issuer))) {
      return new PhoneError('lsc-issuer-mismatch', `issuer ${read.issuer}`);
    }
  }
  return { certificate: read.der, key };
}

function readOffered(der: Uint8Array): CertificateRecord | PhoneError {
  try {
    return readCertificate(der);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    return new PhoneError('lsc-unreadable', undefined, { cause });
  }
}
