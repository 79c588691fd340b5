import type { ProtocolError } from '@opencapf/protocol';
import type { PhoneError } from './errors.js';
import type { HeldCertificate } from './identity.js';
import type { Departure, Stage } from './stage.js';

/** What came of one session, by `kind`. The END_SESSION reason behind it stands in the {@link Enrollment}. */
export type Outcome =
  | Installed
  | Deleted
  | Fetched
  | NothingFetched
  | NothingPending
  | Refused
  | UnknownDevice
  | EndedOtherwise
  | StoreRejected
  | NotKept
  | ConnectionFault
  | TlsFault
  | ProtocolFault
  | Left;

/** The phone stored a new LSC, said so, and was told END_SESSION 1. */
export interface Installed {
  readonly kind: 'installed';
  readonly lsc: HeldCertificate;
}

/** The phone has no LSC any more, and was told END_SESSION 1. */
export interface Deleted {
  readonly kind: 'deleted';
  /** False when there was nothing to delete, and the phone answered so (reason 7). */
  readonly hadLsc: boolean;
}

/** One answer to FETCH_CERTIFICATE_REQUEST. */
export interface Shown {
  readonly type: 'lsc' | 'mic';
  /** DER; undefined when the phone has none of this type. */
  readonly certificate: Uint8Array | undefined;
}

/** The server fetched at least one certificate and ended the session with reason 0 or 1. */
export interface Fetched {
  readonly kind: 'fetched';
  /** In the order of the requests. */
  readonly shown: readonly Shown[];
}

/**
 * The server asked for certificates that the phone does not have, and ended the session with reason 0 or 1. So ends also
 * a session with nothing queued, when the server uses it to look at the phone's key.
 */
export interface NothingFetched {
  readonly kind: 'nothingFetched';
  readonly shown: readonly Shown[];
}

/** END_SESSION directly after AUTH_RESPONSE: reason 0, or 7 to a version-2 phone (capf-wire-protocol.md, section 4). */
export interface NothingPending {
  readonly kind: 'nothingPending';
}

/** END_SESSION 7. */
export interface Refused {
  readonly kind: 'refused';
  /** `authenticated`: the proof; `keyGenerated`: the key; `awaiting...`: before the phone's answer. */
  readonly stage: Stage;
}

/** END_SESSION 9. */
export interface UnknownDevice {
  readonly kind: 'unknownDevice';
}

/** The server ended the session with another reason, or with RETRY_LATER. */
export interface EndedOtherwise {
  readonly kind: 'ended';
  readonly by: 'EndSession' | 'RetryLater';
  readonly reason: number | undefined;
  readonly stage: Stage;
}

/** The phone's own check failed: it answered "not stored" (reason 7) and kept what it had. */
export interface StoreRejected {
  readonly kind: 'storeRejected';
  readonly fault: PhoneError;
}

/** What the phone was told to store or delete could not be written down; it answered reason 7 and keeps what it had. */
export interface NotKept {
  readonly kind: 'notKept';
  readonly cause: unknown;
}

/** `capf-unreachable`, `capf-connection-lost` or `capf-answer-timed-out`: what phones try again for. */
export interface ConnectionFault {
  readonly kind: 'connectionFault';
  readonly fault: PhoneError;
  readonly stage: Stage;
}

/** `capf-server-not-trusted` or `capf-handshake-failed`. */
export interface TlsFault {
  readonly kind: 'tlsFault';
  readonly fault: PhoneError;
  readonly stage: Stage;
}

/** The server sent what is not legal, or what this phone does not understand. The phone closed without a message. */
export interface ProtocolFault {
  readonly kind: 'protocolFault';
  readonly fault: ProtocolError | PhoneError;
  readonly stage: Stage;
}

/** The phone left, because a hook or the abort signal said so. */
export interface Left {
  readonly kind: 'left';
  readonly departure: Departure;
  readonly stage: Stage;
  /** What the server did about a phone that went silent or closed its own half; undefined for one that was gone. */
  readonly server: 'ended' | 'closed' | 'timedOut' | undefined;
}
