import type { CheckStep, UnknownOutcome } from './authority.js';

/**
 * A protocol by which an authority elsewhere is asked. It speaks the protocol and nothing else: keys are checked before, and
 * what comes back is checked after, in one place for all (`ExternalAuthority`).
 *
 * Calls reject with `AuthorityError`. Its `consequence` must be true: `retry` only when the authority certainly did not take
 * the request, `reconcile` whenever it may have.
 */
export interface AuthorityClient {
  /** Makes what leaves. Nothing is sent; the same request is later sent as it was committed. */
  compose(wanted: WantedCertificate): Promise<ComposedRequest>;
  /** Sends a request that was never sent, or of which the authority certainly did not take any before. */
  submit(request: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome>;
  /** What is asked again must be no second request: `unknown` where an answer was lost and it would be one. */
  poll?(request: ComposedRequest, pollReference: string, signal: AbortSignal): Promise<ClientOutcome | UnknownOutcome>;
  /** Finds out what came of a request whose answer was lost, without asking for a certificate a second time. */
  reconcile?(request: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome | UnknownOutcome>;
  /** @param certificate - DER. */
  revoke?(certificate: Uint8Array, reason: string, signal: AbortSignal): Promise<void>;
  /** DER, in the authority's order. */
  fetchChain?(signal: AbortSignal): Promise<readonly Uint8Array[]>;
  check?(signal: AbortSignal): AsyncIterable<CheckStep>;
  close(): Promise<void>;
}

/** What a request is made from. */
export interface WantedCertificate {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /**
   * The PKCS#10 for this name and key, DER: signed by the phone where the authority is set to ask for a proof of possession,
   * else with the no-signature mechanism of RFC 5272, C.1. Made when it is called for, once.
   */
  certificationRequest(): Promise<Uint8Array>;
}

/** A request as it is committed and sent; see `RequestIntent`. */
export interface ComposedRequest {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly request: Uint8Array;
  readonly reference: string;
}

/** What an authority answered; whether its certificate is the right one is not known yet. */
export type ClientOutcome =
  /** `certificates`: DER, the one for the phone among them. */
  | { readonly state: 'issued'; readonly certificates: readonly Uint8Array[] }
  | { readonly state: 'pending'; readonly pollReference: string; readonly retryAfter: number }
  | { readonly state: 'denied'; readonly reason: string };
