export {
  ensurePhoneFiles,
  fileSigner,
  listOf,
  makeFileSigner,
  type PhoneFileSigners,
  refreshLists,
} from './phone-files.js';
export { isVersionOf, type PhoneFileFormat, trustedCertificates, trustListVersion } from './trusted-certificates.js';
