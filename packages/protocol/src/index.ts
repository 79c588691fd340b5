export { type AnswerTo, type CommandName, commandName, commandNames, commands } from './commands.js';
export { createMessage, type FieldInputs } from './create-message.js';
export type { CertificatePackage } from './elements/certificate.js';
export { type Element, type ElementName, elementName, elementTags, joinElements } from './elements/element.js';
export type { Sha2SignedData } from './elements/sha2-signed-data.js';
export type { SudiData, SudiPart } from './elements/sudi-data.js';
export { ProtocolError, type ProtocolErrorCode, protocolErrors } from './errors.js';
export { encodeFrame, encodeMessage, headerBytes, maxPayloadBytes, protocolId } from './frame.js';
export { type LegalMoves, legalOrder, type Moves, type Party, type StateName } from './legal-order.js';
export type {
  AbortRequest,
  AbortResponse,
  AuthRequest,
  AuthResponse,
  Complete,
  DecryptRequest,
  DecryptResponse,
  DeleteCertificateRequest,
  DeleteCertificateResponse,
  EncryptRequest,
  EncryptResponse,
  EndSession,
  FetchCertificateRequest,
  FetchCertificateResponse,
  KeyGenerateRequest,
  KeyGenerateResponse,
  Message,
  MessageOf,
  RequestInProgress,
  RetryLater,
  SignCertificateRequest,
  SignCertificateResponse,
  StatusRequest,
  StatusResponse,
  StoreCertificateRequest,
  StoreCertificateResponse,
} from './message.js';
export {
  authResponse,
  type CertificateProof,
  deleteCertificateResponse,
  fetchCertificateResponse,
  type Introduction,
  keyGenerateResponse,
  requestInProgress,
  storeCertificateResponse,
} from './phone-messages.js';
export {
  authRequest,
  deleteCertificateRequest,
  endSession,
  fetchCertificateRequest,
  type KeyGeneration,
  keyGenerateRequest,
  type RequestedEcKey,
  type RequestedKey,
  type RequestedRsaKey,
  storeCertificateRequest,
} from './server-messages.js';
export {
  type Ended,
  legalCommands,
  type Opening,
  opening,
  type Running,
  type SessionState,
  type Step,
  step,
} from './session-state.js';
export {
  type CertificateSignature,
  certificateSignature,
  signCertificateRequest,
  signCertificateResponse,
} from './sign-certificate.js';
export { type Decoded, StreamDecoder } from './stream-decoder.js';
export {
  AuthType,
  CertificateType,
  Curve,
  DigestId,
  isProtocolVersion,
  KeyType,
  ProtocolVersion,
  Reason,
  reasonName,
} from './values.js';
