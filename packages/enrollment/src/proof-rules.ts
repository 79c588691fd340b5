/** What holds for all proofs of a site. */
export interface ProofRules {
  /** `OPENCAPF_REQUIRE_SUDI` */
  readonly requireSudi: 'never' | 'whenAvailable' | 'always';
  /** `OPENCAPF_STRICT_PRECEDENCE` */
  readonly strictPrecedence: boolean;
  /** `OPENCAPF_MIN_RSA_KEY_SIZE`, bits. */
  readonly minRsaBits: number;
}
