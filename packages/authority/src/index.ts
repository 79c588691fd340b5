export {
  type AuthorityDescription,
  type AuthorityKind,
  authorityKinds,
  type CertificateAuthority,
  type CertificateIntent,
  type CheckStep,
  type Intent,
  type IssuanceWarning,
  type IssuedCertificate,
  type IssueOutcome,
  type PreparedCertificate,
  type PrepareRequest,
  type RequestIntent,
  type ResumeRequest,
  type UnknownOutcome,
} from './authority.js';
export type { AuthorityClient, ClientOutcome, ComposedRequest, WantedCertificate } from './authority-client.js';
export {
  AuthorityError,
  type AuthorityErrorCode,
  type AuthorityFailureCode,
  authorityErrors,
  type Consequence,
} from './errors.js';
export { ExternalAuthority, type ExternalAuthoritySettings } from './external-authority.js';
export { checkIssuedCertificate, type ExpectedCertificate } from './issued-certificate.js';
export { adcs } from './kinds/adcs.js';
export { cmp } from './kinds/cmp.js';
export { est } from './kinds/est.js';
export {
  type AuthorityElsewhere,
  type ElsewhereOptions,
  isKindElsewhere,
  type KindElsewhere,
  kindsElsewhere,
  openElsewhere,
} from './kinds/index.js';
export { type KeyAtPlace, type KeyLocation, keyLocation, openKeyAt, readKeyAt } from './kinds/key-location.js';
export { type LocalAuthorityRecord, openLocal } from './kinds/local.js';
export { LocalAuthority, type LocalAuthoritySettings } from './local-authority.js';
export type { AuthorityTerms, OpenedAuthority } from './terms.js';
