import type { WantedKey } from './requested-key.js';

/** DER SubjectPublicKeyInfo that a phone made, and what it was asked for. */
export interface MadeKey {
  readonly publicKey: Uint8Array;
  readonly wanted: WantedKey;
}

/** A certificate on record that may go to the phone. */
export interface SendableCertificate {
  readonly id: number;
  /** DER. */
  readonly der: Uint8Array;
}
