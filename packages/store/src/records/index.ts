export { type AuditEvent, recordAudit } from './audit.js';
export { signAuditHeads } from './audit-heads.js';
export { auditHeadsPath } from './audit-heads-file.js';
export { type AuditFilter, type AuditRecord, listAudit } from './audit-list.js';
export { pruneAudit } from './audit-prune.js';
export { resignAudit } from './audit-resign.js';
export { AuditSigner } from './audit-signature.js';
export { type AuditFault, type AuditFaultKind, type AuditVerdict, auditFaults, verifyAudit } from './audit-verify.js';
export {
  openAuthenticationString,
  readAuthenticationString,
  sealAuthenticationString,
} from './authentication-string.js';
export type { Author } from './author.js';
export {
  type CapfIdentity,
  type LoadedIdentity,
  type LscIssuer,
  loadOrCreateIdentity,
  type NewCapfIdentity,
} from './capf-identity.js';
export { type CertificateAtHand, type Recorded, recordCertificate } from './certificate-by-hand.js';
export {
  type Intended,
  type IntendedCertificate,
  intendCertificate,
  recordIssued,
  type SignedCertificate,
} from './certificate-issuance.js';
export {
  type CertificateFacts,
  type CertificateFilter,
  type CertificatePlace,
  listCertificates,
  listIssuerCertificates,
  readCertificateFacts,
  readShownCertificate,
} from './certificate-list.js';
export { type DeviceFilter, type DevicePlace, listDevices } from './device-list.js';
export {
  type DeviceOverview,
  type LastOperation,
  type LastSession,
  readDevice,
  type ShownCertificate,
} from './device-overview.js';
export { type DeviceSettings, deleteDevice, putDevice } from './device-settings.js';
export {
  forgetQuietGuessing,
  type GivenString,
  type GuessingBounds,
  judgeString,
  type StringVerdict,
} from './guessing.js';
export { type IssuerAnchor, readIssuerAnchors } from './issuer-anchors.js';
export { acceptExpiredOf, type IssuerFacts, listIssuers, readIssuer } from './issuers.js';
export { dueJobs, enterJobs, runJob, type SharedJob } from './jobs.js';
export {
  type CertificateOnRecord,
  changeKey,
  type KeyChange,
  type KeyChanged,
  type KeyOnRecord,
  readKeyOnRecord,
} from './key-on-record.js';
export { clearLockouts, type Lockout, type LockoutFilter, listLockouts } from './lockouts.js';
export { listNodes, type NodeProcess, type NodeRecord } from './node-list.js';
export {
  beat,
  endForgottenSessions,
  endLostSessions,
  forgetAllNodes,
  forgetNode,
  noteDraining,
  readDatabaseClock,
  type ServingNode,
} from './nodes.js';
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
} from './operation-at-work.js';
export { expireOperation, expireOverdueOperations } from './operation-expiry.js';
export {
  listOperations,
  type OperationFilter,
  type OperationRecord,
  type OperationStep,
  readOperation,
} from './operation-list.js';
export { cancelOperation, type NewOperation, type Queued, queueOperation } from './operation-queue.js';
export type { Page } from './page.js';
export { beginProvenOperation, noteSudi, type ProvenBeginning, type ProvenIdentity } from './proven-operation.js';
export { type KeptSessions, recordRefusal, sumUpRefusals, trimSessions } from './refusals.js';
export { type Forgotten, forgetOld, type Retention } from './retention.js';
export {
  forgetLsc,
  type RevocationReason,
  type Revoked,
  revocationReasons,
  revokeCertificate,
} from './revocation.js';
export { type ResealedSecrets, rotateSecretKey, type SecretRotation } from './secret-rotation.js';
export type { SeenCertificate } from './seen-certificate.js';
export type { SessionBeginning, SessionEnding, SessionStep } from './session-facts.js';
export { listSessions, type SessionFilter, type SessionRecord } from './session-list.js';
export {
  beginVisit,
  endSessionRecord,
  recordEndedSession,
  recordVisit,
  reserveSessionNumbers,
  sessionNumberBlock,
} from './sessions.js';
export { countStale, discardStale } from './stale-certificates.js';
export { readStoredSettings, storeSetting } from './stored-settings.js';
export { listTokens, revokeToken, type TokenRecord } from './token-list.js';
export {
  type Administrator,
  createToken,
  ensureAdministratorToken,
  findAdministrator,
  givenTokenName,
  type MadeToken,
  type NewToken,
  noteTokenUse,
} from './tokens.js';
export { readTrustAnchors, readTrustVersion, type StoredTrustAnchor } from './trust-anchors.js';
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
} from './trust-certificates.js';
export { syncTrustFiles, type TrustFileCertificate, type TrustFilesSynced } from './trust-files.js';
export { TrustUses } from './trust-uses.js';
