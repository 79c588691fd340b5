export { generateAuthenticationString, isAuthenticationString } from './authentication-string.js';
export { completesByTime } from './completes-by.js';
export { EnrollmentError, type EnrollmentErrorCode, enrollmentErrors } from './errors.js';
export {
  type AuthenticationMode,
  authenticationModes,
  checkOperationRequest,
  type EcKeySize,
  ecKeySizes,
  type KeyOrder,
  keyOrders,
  type OperationInput,
  type OperationKind,
  type OperationPolicy,
  type OperationRequest,
  operationKinds,
  type RsaKeySize,
  rsaKeySizes,
} from './operation-request.js';
