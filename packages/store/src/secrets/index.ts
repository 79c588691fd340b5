export { checkSecretKey } from './key-check.js';
export { loadSecretKey, replaceSecretKeyFile } from './key-file.js';
export { type HashPurpose, type SealedPlace, SecretKey, sealedKeyId } from './secret-key.js';
