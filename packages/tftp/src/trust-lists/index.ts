export { fileServerIdentity, fileSigner, makeFileServer, makeFileSigner } from './file-signers.js';
export { ensurePhoneFiles, refreshLists } from './list-building.js';
export { requireWritable, trustListChanges } from './list-changes.js';
export { isVersionOf, type PhoneFileFormat, trustedCertificates, trustListVersion } from './trusted-certificates.js';
