export type {
  EntryRole,
  FileSignerPurpose,
  SigningPurpose,
  StoredListKind,
} from '../../database/tables-trust-lists.js';
export { type ActivationHold, type ActivationWish, activationHold } from './activation-hold.js';
export {
  buildTrustLists,
  type NewTrustList,
  refreshTrustLists,
  type TrustListBuilder,
} from './built-trust-lists.js';
export {
  ensureFileSigners,
  type FileSignerFacts,
  type FileSignerKey,
  listFileSigners,
  type NewFileSigner,
  readFileSigner,
} from './file-signers.js';
export { keepHttpsServing, servesHttps } from './https-serving.js';
export { type ListFetches, readListFetches } from './list-fetches.js';
export {
  beginRecovery,
  endRecovery,
  exportRecoveryKey,
  removeRecoveryKey,
  replaceRecoverySigner,
} from './recovery.js';
export { type BuiltTrustList, currentTrustList, listTrustLists, type TrustListRecord } from './served-trust-lists.js';
export {
  type AfterFetches,
  type ChangeableSigner,
  discardFileSigner,
  stageFileSigner,
  switchFileSigner,
} from './signer-changes.js';
export { trustListTransactions } from './trust-list-changes.js';
export { readTrustListContent, type TrustListContent, type TrustListPlan } from './trust-list-content.js';
export {
  addTrustListEntry,
  listTrustListEntries,
  type NewTrustListEntry,
  removeTrustListEntry,
  type TrustListEntry,
} from './trust-list-entries.js';
export { type OtherCluster, releasePhones, serveCtl } from './trust-list-plan.js';
