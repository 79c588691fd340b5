import {
  type CaUse,
  type ChainWarning,
  createCaRequest,
  createSigner,
  importPkcs8,
  readCaChain,
  readCertificate,
} from '@opencapf/pki';
import type { SigningCertificate, SigningKey } from '@opencapf/store';
import { AdminApiError } from './errors.js';
import type { AdminApiServices } from './services.js';

/** A chain that may take the place of what a key signs with now. */
export interface TakenChain {
  readonly signing: SigningCertificate;
  readonly warnings: readonly ChainWarning[];
}

/**
 * The PKCS#10, DER, with which a site's CA is asked for a certificate of this key, under the subject that it has now.
 *
 * @param key - undefined where it is not kept here
 * @throws AdminApiError `key-elsewhere`
 * @throws PkiError `signing-failed`
 */
export async function requestOfKey(key: SigningKey | undefined, use: CaUse): Promise<Uint8Array> {
  if (key?.pkcs8 === undefined) throw new AdminApiError('key-elsewhere');
  const { subjectDer } = readCertificate(key.certificate);
  return await createCaRequest(createSigner(importPkcs8(key.pkcs8)), subjectDer, use);
}

/**
 * The chain that came back for this key, as far as LSCs and phones can do with it.
 *
 * @param upload - PEM, DER or PKCS#7
 * @throws AdminApiError `key-elsewhere`
 * @throws PkiError `trust-upload-*`, and a code that begins with `issuer-`
 */
export function chainOfKey(
  upload: Uint8Array,
  key: SigningKey | undefined,
  use: CaUse,
  { lscValidityDays: validityDays, now = () => new Date() }: AdminApiServices,
): TakenChain {
  if (key === undefined) throw new AdminApiError('key-elsewhere');
  const { certificate, chain, warnings } = readCaChain(upload, { spki: key.publicKey, use, now: now(), validityDays });
  return { signing: { certificate: certificate.der, chain: chain.map(({ der }) => der) }, warnings };
}
