export type { EntryRole, FileSignerPurpose, StoredListKind } from '../../database/tables-trust-lists.js';
export { type ActivationHold, type ActivationWish, activationHold } from './activation-hold.js';
export {
  type BuiltTrustList,
  currentTrustList,
  listTrustLists,
  type NewTrustList,
  readTrustListContent,
  refreshTrustLists,
  type TrustListBuilder,
  type TrustListContent,
  type TrustListPlan,
  type TrustListRecord,
} from './built-trust-lists.js';
export {
  ensureFileSigners,
  type FileSignerFacts,
  type FileSignerKey,
  listFileSigners,
  type NewFileSigner,
  readFileSigner,
} from './file-signers.js';
export { type ListFetches, readListFetches } from './list-fetches.js';
export {
  beginRecovery,
  endRecovery,
  exportRecoveryKey,
  removeRecoveryKey,
  replaceRecoverySigner,
} from './recovery.js';
export {
  type AfterFetches,
  type ChangeableSigner,
  discardFileSigner,
  stageFileSigner,
  switchFileSigner,
} from './signer-changes.js';
export {
  addTrustListEntry,
  listTrustListEntries,
  type NewTrustListEntry,
  removeTrustListEntry,
  type TrustListEntry,
} from './trust-list-entries.js';
export { releasePhones, serveCtl } from './trust-list-plan.js';
