export { inBlocks, type RandomBytes } from './bytes.js';
export {
  type ChainWarning,
  type CheckedChain,
  checkCaChain,
  type ExpectedChain,
  readCaChain,
  warningsOf,
} from './ca-chain.js';
export { type CaUse, createCaRequest } from './ca-request.js';
export { capfKeyType, createCapfCertificate, requireCapfKey } from './capf-certificate.js';
export { pemBundle, pkcs7Bundle, withoutRepeats } from './certificate-bundle.js';
export type { ExtensionFacts, NamedKeyUsage } from './certificate-extensions.js';
export { type CertificateRecord, longestCertificate, readCertificate } from './certificate-reader.js';
export { verifySignedBy } from './certificate-verification.js';
export { certificatesOnly } from './certificates-only.js';
export {
  certificationRequestInfo,
  type RequestedCertificate,
  requestedExtensions,
  signedCertificationRequest,
  unsignedCertificationRequest,
  verifiesCertificationRequest,
} from './certification-request.js';
export { type DerElement, DerReader, readSoleElement, requireWellFormed } from './der-reader.js';
export {
  derBitString,
  derElement,
  derOctetString,
  derSequence,
  derTag,
  derUnsignedInteger,
} from './der-writer.js';
export { type BindingCheck, type BindingRefusal, checkDeviceBinding } from './device-binding.js';
export { encodeDeviceName, encodeNameText, type SubjectFields } from './distinguished-name.js';
export { PkiError, type PkiErrorCode, pkiErrors } from './errors.js';
export type { IssuerUrls } from './extensions.js';
export { createFileServerCertificate, fileServerKeyType } from './file-server-certificate.js';
export { createFileSignerCertificate, fileSignerKeyType } from './file-signer-certificate.js';
export { certificateMd5, publicKeyMd5, sha256Hex } from './hashes.js';
export { readIntendedLsc } from './intended-lsc.js';
export { type Issuer, loadIssuer } from './issuer.js';
export { checkPublicKey, type PublicKeyCheck, type PublicKeyPolicy, type PublicKeyRefusal } from './key-checks.js';
export { certificateOfKey, type ImportedKey, importKeyFile } from './key-import.js';
export {
  exportPkcs8,
  exportPkcs8Pem,
  exportSpki,
  generateKeyPair,
  importPkcs8,
  importSpki,
  type KeyPair,
} from './keys.js';
export {
  compileLscProfile,
  type EcKeyUsage,
  type LscFields,
  type LscProfile,
  type LscProfileSettings,
  longestStorableCertificate,
} from './lsc-profile.js';
export { type NameAttribute, readName } from './name-reader.js';
export { derObjectIdentifier, readObjectIdentifier } from './object-identifiers.js';
export { fromPem, longestPem, type PemLabel, toPem } from './pem.js';
export {
  type ProofCheck,
  type ProofPolicy,
  type ProofRefusal,
  type ProofSignatures,
  type Sha2DigestId,
  type Sha2Signature,
  signDeviceProof,
  signSudiProof,
  verifyDeviceProof,
  verifySudiProof,
} from './phone-proofs.js';
export type { TokenKeyLocation } from './pkcs11/token-location.js';
export { openTokenSigner } from './pkcs11/token-signer.js';
export { type EcKeySize, type KeyType, keyTypeName, type PublicKey, readPublicKey } from './public-key.js';
export { createIssuerCertificate, type IssuerSubject } from './self-signed.js';
export { randomSerial } from './serial-number.js';
export { createServerCertificate, type ServerCertificateRequest } from './server-certificate.js';
export { createSigner, type Signer } from './signer.js';
export { sha256SignatureAlgorithm } from './tbs-certificate.js';
export {
  type AnchorPurpose,
  type ChainCheck,
  type ChainRefusal,
  compileTrustAnchors,
  type TrustAnchor,
  type TrustAnchors,
  verifyToAnchor,
} from './trust-anchors.js';
export { longestTrustUpload, mostTrustedCertificates, readCertificates, readTrustUpload } from './trust-upload.js';
export { type BoundedValidity, backdating, lscValidityDays, type Validity, validityWithin } from './validity.js';
