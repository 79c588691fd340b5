export type { Author } from './administration/author.js';
export { type ResealedSecrets, rotateSecretKey, type SecretRotation } from './administration/secret-rotation.js';
export { readStoredSettings, storeSetting } from './administration/stored-settings.js';
export { listTokens, revokeToken, type TokenRecord } from './administration/token-list.js';
export {
  type Administrator,
  createToken,
  ensureAdministratorToken,
  findAdministrator,
  givenTokenName,
  type MadeToken,
  type NewToken,
  noteTokenUse,
} from './administration/tokens.js';
export { type AuditEvent, recordAudit } from './audit/audit.js';
export { signAuditHeads } from './audit/audit-heads.js';
export { auditHeadsPath } from './audit/audit-heads-file.js';
export { type AuditFilter, type AuditRecord, listAudit } from './audit/audit-list.js';
export { pruneAudit } from './audit/audit-prune.js';
export { resignAudit } from './audit/audit-resign.js';
export { AuditSigner } from './audit/audit-signature.js';
export {
  type AuditFault,
  type AuditFaultKind,
  type AuditVerdict,
  auditFaults,
  verifyAudit,
} from './audit/audit-verify.js';
export {
  type AskedCertificate,
  noteRefused,
  type RequestEnd,
  readAskedCertificate,
  readRequestEnds,
} from './authorities/asked-certificates.js';
export {
  type AuthorityChain,
  type AuthorityChange,
  type AuthorityChanged,
  type AuthorityOnRecord,
  type AuthoritySettings,
  changeAuthority,
} from './authorities/authority-changes.js';
export { type AuthorityCounts, countOfAuthorities } from './authorities/authority-counts.js';
export {
  type AuthorityFacts,
  type AuthorityName,
  listAuthorities,
  listAuthorityNames,
  readAuthority,
  type WhichAuthority,
} from './authorities/authority-facts.js';
export { type AuthorityRecord, type PrivateKeyRecord, readAuthorityRecord } from './authorities/authority-record.js';
export {
  type AuthorityStandingFacts,
  type Circuit,
  listStandings,
  noteStanding,
} from './authorities/authority-standings.js';
export {
  activateCapfIdentity,
  type CapfIdentityFacts,
  discardCapfIdentity,
  listCapfIdentities,
  replaceCapfCertificate,
  stageCapfIdentity,
} from './authorities/capf-identity-states.js';
export {
  type ClaimedRequest,
  claimRequests,
  type DueAuthorities,
  type DueAuthority,
  findDueAuthorities,
} from './authorities/claimed-requests.js';
export {
  discardIssuer,
  type NewIssuer,
  replaceIssuerCertificate,
  type SigningCertificate,
  stageIssuer,
} from './authorities/issuer-making.js';
export {
  activateIssuer,
  type IssuerActivation,
  type IssuerRetirement,
  makeDefaultIssuer,
  retireIssuer,
} from './authorities/issuer-states.js';
export type { LocalSettings } from './authorities/local-settings.js';
export type { NewPrivateKey } from './authorities/private-keys.js';
export {
  type AuthorityRequestFacts,
  type AuthorityRequestFilter,
  hastenRequests,
  listAuthorityRequests,
} from './authorities/request-list.js';
export {
  type Arrival,
  type ArrivedCertificate,
  type Claim,
  type Deferral,
  deferRequest,
  endRequest,
  recordArrived,
} from './authorities/request-outcomes.js';
export { findRequestByKey, type RequestByKey } from './authorities/requests-by-key.js';
export { readCapfKey, readIssuerKey, type SigningKey } from './authorities/signing-keys.js';
export { readAuthorityVersion, readTrustBundle, type TrustBundleEntry } from './authorities/trust-bundle.js';
export {
  type CapfIdentity,
  type LoadedIdentity,
  type LscIssuer,
  loadOrCreateIdentity,
  type NewCapfIdentity,
} from './certificates/capf-identity.js';
export { type CertificateAtHand, type Recorded, recordCertificate } from './certificates/certificate-by-hand.js';
export {
  type Intended,
  type IntendedCertificate,
  intendCertificate,
  intendRequest,
  type RequestedCertificate,
  recordIssued,
  type SignedCertificate,
} from './certificates/certificate-issuance.js';
export {
  type CertificateFacts,
  type CertificateFilter,
  type CertificatePlace,
  listCertificates,
  listIssuerCertificates,
  readCertificateFacts,
  readShownCertificate,
} from './certificates/certificate-list.js';
export { type IssuerAnchor, readIssuerAnchors } from './certificates/issuer-anchors.js';
export {
  type CertificateOnRecord,
  changeKey,
  type KeyChange,
  type KeyChanged,
  type KeyOnRecord,
  readKeyOnRecord,
} from './certificates/key-on-record.js';
export {
  forgetLsc,
  type RevocationReason,
  type Revoked,
  revocationReasons,
  revokeCertificate,
} from './certificates/revocation.js';
export type { SeenCertificate } from './certificates/seen-certificate.js';
export { countStale, discardStale } from './certificates/stale-certificates.js';
export { validLscOf } from './certificates/valid-lsc.js';
export {
  deleteTemplate,
  listTemplates,
  noteTemplateRead,
  readTemplate,
  type TemplateRecord,
} from './configurations/configuration-templates.js';
export {
  type ConfigurationRecord,
  deleteConfiguration,
  type GivenConfiguration,
  noteConfigurationRead,
  putConfiguration,
  readConfigurationRecord,
} from './configurations/device-configuration.js';
export { type DeviceFileFacts, readDeviceFile } from './configurations/device-file.js';
export {
  deleteSymmetricKey,
  readSymmetricKey,
  type SymmetricKey,
  setSymmetricKey,
} from './configurations/symmetric-keys.js';
export { putTemplate, type TemplateCheck, type TemplatePut } from './configurations/template-change.js';
export { deleteDevice } from './devices/device-deletion.js';
export { type DeviceFilter, type DevicePlace, type FetchStanding, listDevices } from './devices/device-list.js';
export { countDevicesByModel, type DevicesOfModel } from './devices/device-models.js';
export {
  type DeviceOverview,
  type LastOperation,
  type LastSession,
  readDevice,
  type ShownCertificate,
} from './devices/device-overview.js';
export type { DeviceRules, DeviceStanding } from './devices/device-rules.js';
export { type DevicePut, type DeviceSettings, putDevice } from './devices/device-settings.js';
export {
  type FileFetch,
  forgetFetches,
  type LastFetch,
  listFetches,
  recordFetches,
  type TrackedFile,
} from './files/file-fetches.js';
export { type FileSiteVersions, keepFileSite } from './files/file-sites.js';
export { type FilesOnRecord, fileLeaseMs, readFilesOnRecord } from './files/files-on-record.js';
export { dueJobs, enterJobs, runJob, type SharedJob } from './nodes/jobs.js';
export { listNodes, type NodeProcess, type NodeRecord } from './nodes/node-list.js';
export {
  beat,
  endForgottenSessions,
  endLostSessions,
  forgetAllNodes,
  forgetNode,
  noteDraining,
  readDatabaseClock,
  type ServingNode,
} from './nodes/nodes.js';
export { type Forgotten, forgetOld, type Retention } from './nodes/retention.js';
export { readServiceFigures, type ServiceFigures } from './nodes/service-figures.js';
export {
  openAuthenticationString,
  readAuthenticationString,
  sealAuthenticationString,
} from './operations/authentication-string.js';
export {
  forgetQuietGuessing,
  type GivenString,
  type GuessingBounds,
  judgeString,
  type StringVerdict,
} from './operations/guessing.js';
export { clearLockouts, type Lockout, type LockoutFilter, listLockouts } from './operations/lockouts.js';
export {
  beginOperation,
  type Cause,
  failOperation,
  findDevice,
  finishDelete,
  finishInstall,
  finishTroubleshoot,
  type KnownDevice,
  type OpenOperation,
  type OperationAtWork,
  releaseOperation,
  type SentCertificate,
} from './operations/operation-at-work.js';
export { expireOperation, expireOverdueOperations } from './operations/operation-expiry.js';
export {
  listOperations,
  type OperationFilter,
  type OperationRecord,
  type OperationStep,
  readOperation,
} from './operations/operation-list.js';
export { cancelOperation, type NewOperation, type Queued, queueOperation } from './operations/operation-queue.js';
export {
  beginProvenOperation,
  noteSudi,
  type ProvenBeginning,
  type ProvenIdentity,
} from './operations/proven-operation.js';
export type { Page } from './page.js';
export {
  cancelProbe,
  endLostProbes,
  finishProbe,
  type NewProbe,
  type ProbeRecord,
  queueProbe,
  readProbe,
  type TakenProbe,
  takeProbe,
} from './probes/probes.js';
export type { ProfiledDevice } from './profiles/capf-settings.js';
export {
  type AlikePhones,
  type PhoneStanding,
  readPhoneStanding,
  type StandingProfile,
} from './profiles/phone-standing.js';
export { ensurePredefinedProfiles } from './profiles/predefined-profiles.js';
export {
  changeProfile,
  createProfile,
  deleteProfile,
  type ProfileChange,
  type ProfileChangeStanding,
} from './profiles/profile-changes.js';
export {
  listProfiles,
  type ProfileFilter,
  readProfile,
} from './profiles/profile-list.js';
export {
  type CapfSettings,
  type SecurityProfile,
  type SecurityProfileSettings,
  usualProfile,
} from './profiles/security-profile.js';
export { type KeptSessions, recordRefusal, sumUpRefusals, trimSessions } from './sessions/refusals.js';
export type { SessionBeginning, SessionEnding, SessionStep } from './sessions/session-facts.js';
export { listSessions, type SessionFilter, type SessionRecord } from './sessions/session-list.js';
export {
  beginVisit,
  endSessionRecord,
  recordEndedSession,
  recordVisit,
  reserveSessionNumbers,
  sessionNumberBlock,
} from './sessions/sessions.js';
export { readTrustAnchors, readTrustVersion, type StoredTrustAnchor } from './trust/trust-anchors.js';
export {
  addTrustCertificates,
  allowExpiredUnder,
  listTrustCertificates,
  type NewTrustCertificate,
  readTrustCertificate,
  removeTrustCertificate,
  type TrustAdded,
  type TrustCertificate,
  type TrustPurpose,
} from './trust/trust-certificates.js';
export { syncTrustFiles, type TrustFileCertificate, type TrustFilesSynced } from './trust/trust-files.js';
export { TrustUses } from './trust/trust-uses.js';
export * from './trust-lists/index.js';
export { withoutUndefined } from './without-undefined.js';
