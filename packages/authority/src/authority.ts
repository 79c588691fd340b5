import type { KeyType, Validity } from '@opencapf/pki';

/**
 * Who signs an LSC. The cycle, each step committed before the next:
 *
 * 1. `prepare`: the key is checked and everything about the certificate is settled, but nothing is signed or asked for.
 * 2. The caller commits `prepared.intent`: the certificate is *intended*.
 * 3. `issue`: the one signature is made, or the one request leaves.
 * 4. The caller commits the certificate: it is *issued*, and only now may a byte of it go to the phone.
 *
 * After a crash between 2 and 4, `resume` takes up the committed intent instead of preparing another. An authority
 * elsewhere may take its time (`pending`, then `poll`), and its answer may be lost: then `reconcile` finds out what came of
 * the request, and it is never asked twice for one key.
 *
 * Calls reject with `AuthorityError`, whose `consequence` says what is to be done, or with `PkiError`; nothing is thrown
 * synchronously.
 */
export interface CertificateAuthority {
  /** Settles a certificate. Checks the phone's key first: a refused key rejects with `public-key-*`. */
  prepare(request: PrepareRequest): Promise<PreparedCertificate>;
  /** Takes up an intent that was committed and never came to a committed certificate. */
  resume(request: ResumeRequest): Promise<PreparedCertificate>;
  /** Carries a prepared certificate out. Once: a second call rejects, also while the first is under way. */
  issue(prepared: PreparedCertificate, signal?: AbortSignal): Promise<IssueOutcome>;
  /**
   * Asks what an authority that said `pending` has decided. Absent where none ever says so. `unknown`: the answer was lost, and
   * asking again could be taken for a second request.
   */
  poll?(
    prepared: PreparedCertificate,
    pollReference: string,
    signal?: AbortSignal,
  ): Promise<IssueOutcome | UnknownOutcome>;
  /**
   * Finds out what came of a request whose answer was lost, without asking for a certificate a second time. Absent where
   * there is no way to: the request is then given up, and the phone is asked for a new key.
   */
  reconcile?(prepared: PreparedCertificate, signal?: AbortSignal): Promise<IssueOutcome | UnknownOutcome>;
  /** Tells the authority that a certificate that it issued is to be believed no more. Absent where it takes no such word. */
  revoke?(certificate: Uint8Array, reason: string, signal?: AbortSignal): Promise<void>;
  /** The certificates that the authority shows of itself, DER, the one that issues first. */
  fetchChain?(signal?: AbortSignal): Promise<readonly Uint8Array[]>;
  /** Tries what can be tried without asking for a certificate, step by step (`opencapf authority test`). */
  check?(signal?: AbortSignal): AsyncIterable<CheckStep>;
  /** What administrators and monitoring are shown. */
  describe(): AuthorityDescription;
  /** Gives up connections; calls under way reject. */
  close?(): Promise<void>;
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
  /**
   * Has the phone sign with its new key, for authorities that want a proof of possession. Given the DER of a
   * CertificationRequestInfo, it resolves to the signature value. Called by those authorities alone that are set to ask for it.
   */
  readonly proveKey?: ((certificationRequestInfo: Uint8Array) => Promise<Uint8Array>) | undefined;
}

/** A committed intent with what the record beside it says it is for. */
export interface ResumeRequest {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly intent: Intent;
  readonly now: Date;
}

/** What must be committed before anything is signed or leaves. Each kind of authority has its own. */
export type Intent = CertificateIntent | RequestIntent;

/** The certificate's own to-be-signed bytes: the authority signs by itself. */
export interface CertificateIntent {
  readonly kind: 'certificate';
  /** 16 bytes, big-endian, unique per issuer. */
  readonly serial: Uint8Array;
  /** DER TBSCertificate. */
  readonly tbs: Uint8Array;
}

/** What is sent to an authority elsewhere, which settles the rest. */
export interface RequestIntent {
  readonly kind: 'request';
  /** What leaves, or all of it that must be the same each time; the form is the protocol's own. Never a secret. */
  readonly request: Uint8Array;
  /** Our own name for the request, printable ASCII, unique per issuer: what it is found again by. */
  readonly reference: string;
}

/** A settled certificate that waits to be issued. */
export interface PreparedCertificate<Kind extends Intent = Intent> {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo that passed the key checks. */
  readonly spki: Uint8Array;
  readonly intent: Kind;
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

/** A certificate that was checked to be what was asked for, and what the record says of it. */
export interface IssuedCertificate extends Validity {
  /** DER. */
  readonly certificate: Uint8Array;
  /** Big-endian. */
  readonly serial: Uint8Array;
  /** As text (RFC 4514). */
  readonly subject: string;
  readonly issuer: string;
}

/** What came of a request. */
export type IssueOutcome =
  | ({ readonly state: 'issued' } & IssuedCertificate)
  /** The authority decides in its own time. */
  | {
      readonly state: 'pending';
      /** Names the request at the authority, printable ASCII; to be committed. */
      readonly pollReference: string;
      /** Milliseconds before which asking is pointless. */
      readonly retryAfter: number;
    }
  /** The authority will not. */
  | {
      readonly state: 'denied';
      /** Its own words, without control characters and secrets, at most 500 characters. */
      readonly reason: string;
    };

/** Nobody can say what came of a request. */
export interface UnknownOutcome {
  readonly state: 'unknown';
  /** In words, for an administrator. */
  readonly reason: string;
}

/** One step of a dry run, in the order in which they are tried; after one that failed those that rest on it are left out. */
export interface CheckStep {
  /** What was tried, in a few words: `TLS to ca.example.com:443`. */
  readonly name: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  /** What was found, and where it failed what to change. Without secrets. */
  readonly detail: string;
}

/** What an authority says of itself. */
export interface AuthorityDescription {
  readonly kind: AuthorityKind;
  /** Subject of the issuing certificate, as text (RFC 4514). */
  readonly issuer: string;
  /** SHA-256 over the issuing certificate's DER, lower-case hex. */
  readonly issuerSha256: string;
  readonly issuerNotAfter: Date;
  /** Days that an LSC lives; undefined where the authority decides. */
  readonly validityDays: number | undefined;
}

/** `local`: a key of our own; `offline`: requests and certificates travel by hand; the others are online protocols. */
export const authorityKinds = ['local', 'est', 'adcs', 'cmp', 'offline'] as const;
export type AuthorityKind = (typeof authorityKinds)[number];
