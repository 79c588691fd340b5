import type { KeyType, Validity } from '@opencapf/pki';

/**
 * Who signs an LSC. The cycle, each step committed before the next:
 *
 * 1. `prepare`: the key is checked and everything about the certificate is settled, but nothing is signed or asked for.
 * 2. The caller commits `prepared.intent`: the certificate is *intended*.
 * 3. `issue`: the one signature is made, or the one request leaves.
 * 4. The caller commits the certificate: it is *issued*, and only now may a byte of it go to the phone.
 *
 * After a crash between 2 and 4, `resume` takes up the committed intent instead of preparing another.
 * Calls reject with `AuthorityError` or with `PkiError`; nothing is thrown synchronously.
 */
export interface CertificateAuthority {
  /** Settles a certificate. Checks the phone's key first: a refused key rejects with `public-key-*`. */
  prepare(request: PrepareRequest): Promise<PreparedCertificate>;
  /** Takes up an intent that was committed and never came to a committed certificate. */
  resume(request: ResumeRequest): Promise<PreparedCertificate>;
  /** Carries a prepared certificate out. Once: a second call rejects, also while the first is under way. */
  issue(prepared: PreparedCertificate): Promise<IssueOutcome>;
  /** What administrators and monitoring are shown. */
  describe(): AuthorityDescription;
}

/** What a certificate is asked for with. */
export interface PrepareRequest {
  /** Becomes the subject's CN. */
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo, as the phone sent it. */
  readonly spki: Uint8Array;
  /** What the phone was asked to make. */
  readonly expectedKey: KeyType;
  readonly now: Date;
}

/** A committed intent with what the record beside it says it is for. */
export interface ResumeRequest {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly intent: CertificateIntent;
  readonly now: Date;
}

/** What must be committed before anything is signed or leaves. Each kind of authority has its own. */
export type Intent = CertificateIntent;

/** The certificate's own to-be-signed bytes: the authority signs by itself. */
export interface CertificateIntent {
  readonly kind: 'certificate';
  /** 16 bytes, big-endian, unique per issuer. */
  readonly serial: Uint8Array;
  /** DER TBSCertificate. */
  readonly tbs: Uint8Array;
}

/** A settled certificate that waits to be issued. */
export interface PreparedCertificate extends Validity {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo that passed the key checks. */
  readonly spki: Uint8Array;
  /** Subject and issuer that the certificate will have, as text (RFC 4514). */
  readonly subject: string;
  readonly issuer: string;
  readonly intent: Intent;
  readonly warnings: readonly IssuanceWarning[];
}

/** Something that an administrator should know and the phone need not. */
export interface IssuanceWarning {
  readonly code: 'validity-cut-short';
  /** In words. */
  readonly message: string;
  /** Where the certificate would have ended, had its issuer lived longer. */
  readonly wantedNotAfter: Date;
}

/** What came of `issue`: the certificate, or what to ask for later with where the authority decides in its own time. */
export type IssueOutcome =
  | {
      readonly state: 'issued';
      /** DER. */
      readonly certificate: Uint8Array;
    }
  | {
      readonly state: 'pending';
      /** Names the request at the authority; to be committed. */
      readonly pollReference: string;
      /** Milliseconds before which asking is pointless. */
      readonly retryAfter: number;
    };

/** What an authority says of itself. */
export interface AuthorityDescription {
  readonly kind: 'local';
  /** Subject of the issuing certificate, as text (RFC 4514). */
  readonly issuer: string;
  /** SHA-256 over the issuing certificate's DER, lower-case hex. */
  readonly issuerSha256: string;
  readonly issuerKey: KeyType;
  readonly issuerNotAfter: Date;
  readonly validityDays: number;
}
