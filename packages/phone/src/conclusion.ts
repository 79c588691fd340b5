import { ProtocolVersion, Reason } from '@opencapf/protocol';
import type { PhoneError } from './errors.js';
import type { HeldCertificate } from './identity.js';
import type { Outcome, Shown } from './outcome.js';
import type { Stage } from './stage.js';

/** The last thing that the phone did for the server in a session. */
export type Deed =
  | { readonly kind: 'stored'; readonly lsc: HeldCertificate }
  | { readonly kind: 'storeRejected'; readonly fault: PhoneError }
  | { readonly kind: 'notKept'; readonly cause: unknown }
  | { readonly kind: 'deleted'; readonly hadLsc: boolean }
  | { readonly kind: 'fetched'; readonly shown: readonly Shown[] };

/** How the server ended the session. */
export interface ServerEnd {
  readonly by: 'EndSession' | 'RetryLater';
  readonly reason: number | undefined;
  /** Where the session stood before. */
  readonly stage: Stage;
}

/** What an ended session came to (reasons: capf-wire-protocol.md, sections 4 and 5). */
export function conclude(end: ServerEnd, version: ProtocolVersion, deed: Deed | undefined): Outcome {
  if (deed?.kind === 'storeRejected' || deed?.kind === 'notKept') return deed;
  const otherwise: Outcome = { kind: 'ended', ...end };
  if (end.by === 'RetryLater') return otherwise;
  const directlyAfterAuthentication = end.stage === 'authenticated';
  switch (end.reason) {
    case Reason.NO_ACTION:
      if (directlyAfterAuthentication) return { kind: 'nothingPending' };
      return deed?.kind === 'fetched' ? fetched(deed.shown) : otherwise;
    case Reason.UPDATE_CERTIFICATE:
      return deed === undefined ? otherwise : done(deed);
    case Reason.INVALID_ELEMENT:
      return directlyAfterAuthentication && version === ProtocolVersion.TWO
        ? { kind: 'nothingPending' }
        : { kind: 'refused', stage: end.stage };
    case Reason.UNKNOWN_DEVICE:
      return { kind: 'unknownDevice' };
    default:
      return otherwise;
  }
}

function done(deed: Exclude<Deed, { kind: 'storeRejected' | 'notKept' }>): Outcome {
  switch (deed.kind) {
    case 'stored':
      return { kind: 'installed', lsc: deed.lsc };
    case 'deleted':
      return deed;
    case 'fetched':
      return fetched(deed.shown);
  }
}

function fetched(shown: readonly Shown[]): Outcome {
  return { kind: shown.some(({ certificate }) => certificate !== undefined) ? 'fetched' : 'nothingFetched', shown };
}
