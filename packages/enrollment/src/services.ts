import type { Database, SecretKey } from '@opencapf/store';
import type { Authorities } from './authorities.js';
import type { AuthorityRequests } from './authority-requests/authority-requests.js';
import type { EventLog } from './event-log.js';
import type { LiveSessions } from './live-sessions.js';
import type { ProofRules } from './proof-rules.js';
import type { GuessingPolicy } from './string-guessing.js';
import type { TrustedIssuers } from './trusted-issuers.js';

/** How long a phone may take, in milliseconds. */
export interface Deadlines {
  readonly authentication: number;
  readonly keyGeneration: number;
  readonly store: number;
  readonly fetch: number;
  readonly delete: number;
}

/** Everything that the procedures work with. */
export interface EnrollmentServices {
  readonly database: Database;
  readonly secretKey: SecretKey;
  /** Who issues LSCs. */
  readonly authorities: Pick<Authorities, 'of'>;
  /** Asks authorities elsewhere. */
  readonly requests: Pick<AuthorityRequests, 'outcomeOf'>;
  /** UUID of this node. */
  readonly nodeId: string;
  readonly deadlines: Deadlines;
  /** Whether a troubleshoot asks for the MIC too. */
  readonly fetchMic: boolean;
  readonly guessing: GuessingPolicy;
  readonly proofs: ProofRules;
  /** Whose signatures under the certificates of phones are believed. */
  readonly trust: TrustedIssuers;
  /** Whether an unknown device is refused with the reason that a known one is. */
  readonly hideUnknownDevices: boolean;
  readonly live: LiveSessions;
  /**
   * Resolves when every node that serves files gives what was committed before this call, and nothing of before it. No END_SESSION is
   * sent sooner: the next thing that a phone does is to ask for its configuration.
   */
  readonly knownEverywhere: () => Promise<void>;
  readonly log: EventLog;
  readonly clock: () => Date;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
}
