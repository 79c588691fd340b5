import { openKeyAt } from '@opencapf/authority';
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

/** A chain that may take the place of what a key signs with now. */
export interface TakenChain {
  readonly signing: SigningCertificate;
  readonly warnings: readonly ChainWarning[];
}

/**
 * The PKCS#10, DER, with which a site's CA is asked for a certificate of this key, under the subject that it has now.
 *
 * @throws AuthorityError `authority-key-unusable` where it lies elsewhere and cannot be used there
 * @throws PkiError `signing-failed`
 */
export async function requestOfKey(key: SigningKey, use: CaUse): Promise<Uint8Array> {
  const { subjectDer } = readCertificate(key.certificate);
  const signer =
    key.pkcs8 === undefined
      ? await openKeyAt(key.location, key.secrets, key.publicKey)
      : createSigner(importPkcs8(key.pkcs8));
  try {
    return await createCaRequest(signer, subjectDer, use);
  } finally {
    await signer.close?.();
  }
}

/**
 * The chain that came back for this key, as far as LSCs and phones can do with it.
 *
 * @param upload - PEM, DER or PKCS#7
 * @param validityDays - how long LSCs are to live
 * @throws PkiError `trust-upload-*`, and a code that begins with `issuer-`
 */
export function chainOfKey(
  upload: Uint8Array,
  key: SigningKey,
  use: CaUse,
  validityDays: number,
  now: Date,
): TakenChain {
  const { certificate, chain, warnings } = readCaChain(upload, { spki: key.publicKey, use, now, validityDays });
  return { signing: { certificate: certificate.der, chain: chain.map(({ der }) => der) }, warnings };
}
