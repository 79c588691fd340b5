import {
  certificationRequestInfo,
  type RequestedCertificate,
  signedCertificationRequest,
  unsignedCertificationRequest,
  verifiesCertificationRequest,
} from '@opencapf/pki';
import { AuthorityError } from './errors.js';

/**
 * The PKCS#10 for a device and its key, DER.
 *
 * @param prove - Has the phone sign it; without, it bears no signature.
 * @throws AuthorityError `key-proof-wrong`, and what `prove` rejects with; PkiError `device-name-malformed`, `public-key-*`
 */
export async function makeCertificationRequest(
  wanted: RequestedCertificate,
  prove: ((certificationRequestInfo: Uint8Array) => Promise<Uint8Array>) | undefined,
): Promise<Uint8Array> {
  const info = certificationRequestInfo(wanted);
  if (prove === undefined) return unsignedCertificationRequest(info);
  const signature = await prove(info);
  if (!verifiesCertificationRequest(info, wanted.spki, signature)) throw new AuthorityError('key-proof-wrong');
  return signedCertificationRequest(info, wanted.spki, signature);
}
