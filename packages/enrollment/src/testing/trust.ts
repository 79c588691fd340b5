import { readCertificate, sha256Hex } from '@opencapf/pki';
import { addTrustCertificates, type TrustPurpose } from '@opencapf/store';
import type { Rig } from './rig.js';

/** Puts a certificate into the trust store. @returns its SHA-256 */
export async function trust(
  { services }: Rig,
  der: Uint8Array,
  purpose: TrustPurpose,
  allowExpired = false,
): Promise<string> {
  const { subject, issuer, notBefore, notAfter } = readCertificate(der);
  const sha256 = sha256Hex(der);
  const added = { der, sha256, subject, issuer, notBefore, notAfter };
  await addTrustCertificates(services.database, [added], purpose, allowExpired, { name: 'test' });
  return sha256;
}
