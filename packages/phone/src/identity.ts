import type { KeyPair } from '@opencapf/pki';

/** A certificate in a phone, with its key. */
export interface HeldCertificate {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyPair;
}

/** What a phone has to show for itself. */
export interface PhoneIdentity {
  /** The locally significant certificate, which CAPF installs and deletes. */
  readonly lsc?: HeldCertificate | undefined;
  /** The manufacturing installed certificate, which stays. */
  readonly mic?: HeldCertificate | undefined;
  /** The key that it was last asked to make, for as long as a certificate for it may still come. */
  readonly requestedKey?: KeyPair | undefined;
}
