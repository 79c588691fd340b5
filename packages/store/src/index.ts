export * from './database/index.js';
export * from './embedded/index.js';
export { StoreError, type StoreErrorCode, storeErrors } from './errors.js';
export * from './records/index.js';
export * from './secrets/index.js';
export * from './settings/index.js';
