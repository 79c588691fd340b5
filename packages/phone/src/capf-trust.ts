import { type CertificateRecord, fromPem, PkiError, readCertificate } from '@opencapf/pki';
import { PhoneError } from './errors.js';

/**
 * What a phone was told to trust: the CAPF certificate and whatever stands behind it (its chain, the LSC issuer's).
 * The server must hold the first; an LSC must be issued by any of them.
 */
export type CapfTrust = readonly [CertificateRecord, ...CertificateRecord[]];

/**
 * Reads a file with the CAPF certificate, alone or followed by others.
 *
 * @param content - PEM with one or more certificates, or one as DER.
 * @throws PhoneError `capf-certificate-unusable`
 */
export function readCapfTrust(content: Uint8Array): CapfTrust {
  try {
    const text = Buffer.from(content).toString('latin1');
    const certificates = text.includes('-----BEGIN') ? fromPem('CERTIFICATE', text) : [content];
    const [capf, ...others] = certificates.map((certificate) => readCertificate(certificate));
    if (capf === undefined) throw new PhoneError('capf-certificate-unusable');
    return [capf, ...others];
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new PhoneError('capf-certificate-unusable', undefined, { cause });
  }
}
