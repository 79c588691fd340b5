export {
  encryptionMethods,
  findModel,
  isKnownToTakeSha512,
  isSameModel,
  manualKeyOf,
  needsOldTls,
} from './find-model.js';
export type { ManualKey, ModelFacts, PhoneProtocol } from './model-facts.js';
export { modelTable } from './model-table.js';
