export { generateAuthenticationString, isAuthenticationString } from './authentication-string.js';
export { Authorities, type AuthoritiesOptions, type KnownAuthority, type OpenAuthority } from './authorities.js';
export type { AuthorityStanding, LaneOptions } from './authority-requests/authority-lane.js';
export { AuthorityRequests } from './authority-requests/authority-requests.js';
export type { CircuitState } from './authority-requests/circuit.js';
export { type BroughtCertificate, takeIssuedCertificates } from './certificates-by-hand.js';
export { completesByTime } from './completes-by.js';
export type { Conversation, Heard, LostReason, Peer } from './conversation.js';
export { EnrollmentError, type EnrollmentErrorCode, enrollmentErrors } from './errors.js';
export type { EventLog } from './event-log.js';
export { LiveSessions, type SessionHolder } from './live-sessions.js';
export { parseNetwork } from './network.js';
export {
  type AuthenticationMode,
  authenticationModes,
  checkOperationRequest,
  type EcKeySize,
  ecKeySizes,
  type KeyOrder,
  keyOrders,
  type OperationDefaults,
  type OperationInput,
  type OperationKind,
  type OperationPolicy,
  type OperationRequest,
  operationKinds,
  type RsaKeySize,
  readAuthenticationMode,
  readKeyOrder,
  rsaKeySizes,
} from './operation-request.js';
export { addressesWithin, familyOf, networkOf, plainAddress, sharedAddresses } from './phone-networks.js';
export { isProbeExchange, type ProbeExchange, probeExchangeNames, probeExchanges } from './probe/exchanges.js';
export type { ProofRules } from './proof-rules.js';
export { serveSession } from './serve-session.js';
export type { Deadlines, EnrollmentServices } from './services.js';
export { SessionNumbers } from './session-numbers.js';
export {
  type OperationFailureCode,
  operationFailures,
  type SessionOutcome,
  sessionOutcomes,
} from './session-outcomes.js';
export type { GuessingPolicy } from './string-guessing.js';
export type { FetchReport, TroubleshootReport } from './troubleshoot.js';
export { type AdmittedCertificate, admitToTrustStore } from './trust-admission.js';
export { type KnownAnchor, TrustedIssuers, type UseCounter } from './trusted-issuers.js';
