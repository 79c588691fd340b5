import { createSigner, importPkcs8, loadIssuer } from '@opencapf/pki';
import { LocalAuthority, type LocalAuthoritySettings } from '../local-authority.js';

/** An authority that signs here, with a key that is kept in Postgres. */
export interface LocalAuthorityRecord {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER PKCS#8. */
  readonly pkcs8: Uint8Array;
}

/** @throws PkiError `certificate-unreadable`, `private-key-*`, `issuer-*`, `url-malformed`; AuthorityError `authority-setting-invalid` */
export function openLocal(
  { certificate, pkcs8 }: LocalAuthorityRecord,
  settings: LocalAuthoritySettings,
): LocalAuthority {
  return new LocalAuthority(loadIssuer(certificate, createSigner(importPkcs8(pkcs8))), settings);
}
