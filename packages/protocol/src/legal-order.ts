import type { CommandName } from './commands.js';

/** The two ends of a session. */
export type Party = 'server' | 'phone';

/** Where a session stands, named after what is awaited or what came last. */
export type StateName =
  | 'opening'
  | 'awaitingAuthResponse'
  | 'authenticated'
  | 'awaitingKeyGenerateResponse'
  | 'keyGenerated'
  | 'awaitingStoreCertificateResponse'
  | 'certificateStored'
  | 'awaitingFetchCertificateResponse'
  | 'certificateFetched'
  | 'awaitingDeleteCertificateResponse'
  | 'certificateDeleted'
  | 'awaitingSignCertificateResponse'
  | 'certificateSigned'
  | 'ended';

/** Which commands an end may send, and where each leads. */
export type Moves = { readonly [C in CommandName]?: Exclude<StateName, 'opening'> };

/** One row of the table of legal order. */
export interface LegalMoves {
  /** Whom the session waits for. The other end may only end it meanwhile. */
  readonly turn: Party | 'nobody';
  readonly server: Moves;
  readonly phone: Moves;
}

/** The server may end a session at any time, also while it waits: a deadline passed, or the phone sent something wrong. */
const serverEnds = { EndSession: 'ended', RetryLater: 'ended' } as const satisfies Moves;

/** What a phone sends when it gives up, and that it sends anything, is unverified: either of these is taken for it. */
const phoneEnds = { EndSession: 'ended', AbortRequest: 'ended' } as const satisfies Moves;

/**
 * Which command is legal when, from whom, and where it leads (capf-wire-protocol.md, section 5). Server and phone read
 * the same table: what one may send is what the other may expect.
 *
 * RETRY_LATER, ABORT_REQUEST, SIGN_CERTIFICATE_* (sign-certificate.ts) and END_SESSION from a phone are unverified. ENCRYPT_*, DECRYPT_*,
 * STATUS_* and ABORT_RESPONSE have no known place in a session, so they are legal nowhere.
 */
export const legalOrder: Readonly<Record<StateName, LegalMoves>> = {
  opening: { turn: 'server', server: { AuthRequest: 'awaitingAuthResponse' }, phone: {} },
  awaitingAuthResponse: {
    turn: 'phone',
    server: serverEnds,
    phone: { AuthResponse: 'authenticated', ...phoneEnds },
  },
  authenticated: {
    turn: 'server',
    server: {
      KeyGenerateRequest: 'awaitingKeyGenerateResponse',
      StoreCertificateRequest: 'awaitingStoreCertificateResponse',
      FetchCertificateRequest: 'awaitingFetchCertificateResponse',
      DeleteCertificateRequest: 'awaitingDeleteCertificateResponse',
      SignCertificateRequest: 'awaitingSignCertificateResponse',
      ...serverEnds,
    },
    phone: phoneEnds,
  },
  awaitingKeyGenerateResponse: {
    turn: 'phone',
    server: serverEnds,
    phone: { RequestInProgress: 'awaitingKeyGenerateResponse', KeyGenerateResponse: 'keyGenerated', ...phoneEnds },
  },
  /** Or failed: EC Preferred with RSA Backup asks again for the other kind. */
  keyGenerated: {
    turn: 'server',
    server: {
      KeyGenerateRequest: 'awaitingKeyGenerateResponse',
      StoreCertificateRequest: 'awaitingStoreCertificateResponse',
      SignCertificateRequest: 'awaitingSignCertificateResponse',
      ...serverEnds,
    },
    phone: phoneEnds,
  },
  awaitingStoreCertificateResponse: {
    turn: 'phone',
    server: serverEnds,
    phone: { StoreCertificateResponse: 'certificateStored', ...phoneEnds },
  },
  certificateStored: { turn: 'server', server: serverEnds, phone: phoneEnds },
  awaitingFetchCertificateResponse: {
    turn: 'phone',
    server: serverEnds,
    phone: { FetchCertificateResponse: 'certificateFetched', ...phoneEnds },
  },
  /** A second fetch asks for the MIC. */
  certificateFetched: {
    turn: 'server',
    server: { FetchCertificateRequest: 'awaitingFetchCertificateResponse', ...serverEnds },
    phone: phoneEnds,
  },
  awaitingDeleteCertificateResponse: {
    turn: 'phone',
    server: serverEnds,
    phone: { DeleteCertificateResponse: 'certificateDeleted', ...phoneEnds },
  },
  certificateDeleted: { turn: 'server', server: serverEnds, phone: phoneEnds },
  awaitingSignCertificateResponse: {
    turn: 'phone',
    server: serverEnds,
    phone: {
      RequestInProgress: 'awaitingSignCertificateResponse',
      SignCertificateResponse: 'certificateSigned',
      ...phoneEnds,
    },
  },
  /** Or refused: another request may be signed with the same key, or a key of the other kind be asked for. */
  certificateSigned: {
    turn: 'server',
    server: {
      KeyGenerateRequest: 'awaitingKeyGenerateResponse',
      StoreCertificateRequest: 'awaitingStoreCertificateResponse',
      SignCertificateRequest: 'awaitingSignCertificateResponse',
      ...serverEnds,
    },
    phone: phoneEnds,
  },
  ended: { turn: 'nobody', server: {}, phone: {} },
};
