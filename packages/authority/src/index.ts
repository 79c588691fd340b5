export type {
  AuthorityDescription,
  CertificateAuthority,
  CertificateIntent,
  Intent,
  IssuanceWarning,
  IssueOutcome,
  PreparedCertificate,
  PrepareRequest,
  ResumeRequest,
} from './authority.js';
export { AuthorityError, type AuthorityErrorCode, type AuthorityFailureCode, authorityErrors } from './errors.js';
export { LocalAuthority, type LocalAuthoritySettings } from './local-authority.js';
