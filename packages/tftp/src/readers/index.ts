export { decodeXml } from '../configuration/encoding.js';
export { TftpError, type TftpErrorCode, tftpErrors } from '../errors.js';
export type { FileHash } from '../format/algorithms.js';
export {
  type FileKind,
  longestFile,
  longestTrustList,
  type TrustListKind,
  trustListNames,
} from '../format/header-tags.js';
export { type TrustRole, trustRoles } from '../format/record-tags.js';
export { type DecryptedFile, type ExpectedEncryptedFile, openEncryptedFile } from './encrypted-file.js';
export type { FileHeader } from './envelope.js';
export { type KnownSigner, knownSigner } from './known-signer.js';
export { type ExpectedFile, readSignedFile, type SignedFile } from './signed-file.js';
export {
  configurationSigners,
  type ExpectedTrustList,
  httpsFileServers,
  readTrustList,
  type TrustList,
  trustListSigners,
} from './trust-list.js';
export {
  type InspectedRecord,
  type InspectedTrustList,
  inspectTrustList,
  type TrustListVerdict,
} from './trust-list-inspection.js';
export {
  type TrustListWarning,
  trustListWarnings,
  type WeighedTrustList,
  warningsOfUse,
} from './trust-list-warnings.js';
export type { TrustRecord } from './trust-record.js';
