/** Where a private key lies that never leaves its token. */
export interface TokenKeyLocation {
  /** Path of the PKCS#11 module, a shared library. */
  readonly module: string;
  /** One of `tokenLabel` and `slot` (its number) says which token. */
  readonly tokenLabel?: string | undefined;
  readonly slot?: number | undefined;
  /** One of these, or both, say which key; `keyId` is CKA_ID in hex. */
  readonly keyLabel?: string | undefined;
  readonly keyId?: string | undefined;
}
