import type { CertificateAuthority } from './authority.js';

/** How an authority elsewhere is asked. */
export interface AuthorityTerms {
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
  /** Calls under way at once, on each node. */
  readonly concurrency: number;
  /** Milliseconds that a phone's session waits for its certificate; then the phone comes back for it. */
  readonly patienceMs: number;
  /** Whether a certificate that became ready later is sent without asking the phone for a new key. */
  readonly storeReadyCertificate: boolean;
}

/** An authority that can be asked. */
export interface OpenedAuthority {
  readonly authority: CertificateAuthority;
  /** Undefined: it signs here, at once. */
  readonly terms: AuthorityTerms | undefined;
}
