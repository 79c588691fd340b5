import { createMessage } from './create-message.js';
import type { Sha2SignedData } from './elements/sha2-signed-data.js';
import type { SudiData } from './elements/sudi-data.js';
import type { Complete } from './message.js';
import { ProtocolVersion, Reason } from './values.js';

/** What a phone shows to prove itself with the certificate it has (capf-wire-protocol.md, section 6). */
export interface CertificateProof {
  /** DER. */
  readonly certificate: Uint8Array;
  /** The bare SHA-1 signature. */
  readonly signedData: Uint8Array;
  /** Left out where an RSA key is too short for the digest. */
  readonly sha2SignedData?: Sha2SignedData<Uint8Array> | undefined;
  readonly sudiData?: SudiData<Uint8Array> | undefined;
}

/** How a phone introduces itself. A version-2 client sends neither password nor proof. */
export type Introduction =
  | { readonly version: 2; readonly deviceName: string; readonly reason?: number | undefined }
  | {
      readonly version: 3;
      readonly deviceName: string;
      /** Default UPDATE_CERTIFICATE, the only one that was seen. */
      readonly reason?: number | undefined;
      /** Default: the empty one, which says that there is none. */
      readonly password?: string | undefined;
      readonly proof?: CertificateProof | undefined;
    };

/** AUTH_RESPONSE as a phone of that version sends it (section 5). @throws ProtocolError `wire-value-out-of-range`, `wire-message-too-large` */
export function authResponse(sessionId: number, introduction: Introduction): Complete<'AuthResponse'> {
  const { version, deviceName, reason = Reason.UPDATE_CERTIFICATE } = introduction;
  if (introduction.version === ProtocolVersion.TWO) {
    return createMessage('AuthResponse', sessionId, { version, deviceName, reason });
  }
  const { password = '', proof } = introduction;
  return createMessage('AuthResponse', sessionId, {
    version,
    deviceName,
    reason,
    password,
    certificate: proof && { der: proof.certificate },
    signedData: proof?.signedData,
    sha2SignedData: proof?.sha2SignedData,
    sudiData: proof?.sudiData,
  });
}

/** REQUEST_IN_PROGRESS, which is empty: the key is being made. */
export function requestInProgress(sessionId: number): Complete<'RequestInProgress'> {
  return createMessage('RequestInProgress', sessionId, {});
}

/**
 * KEY_GENERATE_RESPONSE: the new public key (DER SubjectPublicKeyInfo), or the reason (a number) why there is none.
 *
 * @throws ProtocolError `wire-message-too-large`, `wire-value-out-of-range`
 */
export function keyGenerateResponse(
  sessionId: number,
  answer: { readonly publicKey: Uint8Array } | { readonly reason: number },
): Complete<'KeyGenerateResponse'> {
  return createMessage('KeyGenerateResponse', sessionId, answer);
}

/** STORE_CERTIFICATE_RESPONSE. @param reason - UPDATE_CERTIFICATE: stored. */
export function storeCertificateResponse(sessionId: number, reason: number): Complete<'StoreCertificateResponse'> {
  return createMessage('StoreCertificateResponse', sessionId, { reason });
}

/** FETCH_CERTIFICATE_RESPONSE: the certificate (DER), or without one that there is none (INVALID_ELEMENT, as capfc says it). */
export function fetchCertificateResponse(
  sessionId: number,
  certificate: Uint8Array | undefined,
): Complete<'FetchCertificateResponse'> {
  return createMessage(
    'FetchCertificateResponse',
    sessionId,
    certificate === undefined
      ? { reason: Reason.INVALID_ELEMENT }
      : { reason: Reason.UPDATE_CERTIFICATE, certificate: { der: certificate } },
  );
}

/** DELETE_CERTIFICATE_RESPONSE. @param reason - UPDATE_CERTIFICATE: deleted; INVALID_ELEMENT: there was none. */
export function deleteCertificateResponse(sessionId: number, reason: number): Complete<'DeleteCertificateResponse'> {
  return createMessage('DeleteCertificateResponse', sessionId, { reason });
}
