import { createSigner, importPkcs8, loadIssuer, readCertificate } from '@opencapf/pki';
import { LocalAuthority, type LocalAuthoritySettings } from '../local-authority.js';
import { openKeyAt } from './key-location.js';

/** An authority that signs here. */
export interface LocalAuthorityRecord {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER PKCS#8 where it is kept in Postgres, else where it lies (`keyLocation`). */
  readonly key: { readonly pkcs8: Uint8Array | undefined; readonly location: unknown };
  /** What opens it there: `passphrase`, `pin`. */
  readonly secrets: unknown;
}

/**
 * @throws PkiError `certificate-unreadable`, `private-key-*`, `issuer-*`, `url-malformed`
 * @throws AuthorityError `authority-setting-invalid`, `authority-key-unusable`
 */
export async function openLocal(
  { certificate, key, secrets }: LocalAuthorityRecord,
  settings: LocalAuthoritySettings,
): Promise<LocalAuthority> {
  const signer =
    key.pkcs8 === undefined
      ? await openKeyAt(key.location, secrets, readCertificate(certificate).spki)
      : createSigner(importPkcs8(key.pkcs8));
  try {
    return new LocalAuthority(loadIssuer(certificate, signer), settings);
  } catch (fault) {
    await signer.close?.();
    throw fault;
  }
}
