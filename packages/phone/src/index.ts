export { type CapfTrust, readCapfTrust } from './capf-trust.js';
export { type Clock, systemClock } from './clock.js';
export {
  type CertificateDescription,
  describeEnrollment,
  describeOutcome,
  type EnrollmentDescription,
  type StepDescription,
} from './description.js';
export { type Enrollment, type EnrollOptions, enroll, type SessionStep } from './enroll.js';
export { PhoneError, type PhoneErrorCode, phoneErrors } from './errors.js';
export { readHeldCertificate } from './held-certificate.js';
export type { EnrollHooks, Observation, Outgoing } from './hooks.js';
export type { HeldCertificate, PhoneIdentity } from './identity.js';
export type {
  ConnectionFault,
  Deleted,
  EndedOtherwise,
  Fetched,
  Installed,
  Left,
  NothingFetched,
  NothingPending,
  NotKept,
  Outcome,
  ProtocolFault,
  Refused,
  Shown,
  StoreRejected,
  TlsFault,
  UnknownDevice,
} from './outcome.js';
export {
  asPhonesDo,
  enrollPersistently,
  type Persistence,
  type PersistentEnrollment,
  type Visit,
} from './persistence.js';
export { PhoneDirectory } from './phone-directory.js';
export { createPhoneTls, type PhoneTls, type PhoneTlsSettings, type TlsFacts } from './phone-tls.js';
export type { ProofCertificate, ProofSettings } from './proof.js';
export type { RequestSigning } from './request-signature.js';
export type { Departure, Stage } from './stage.js';
