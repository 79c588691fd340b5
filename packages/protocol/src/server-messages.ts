import { createMessage } from './create-message.js';
import type { Complete } from './message.js';
import { AuthType, CertificateType, type Curve, KeyType, ProtocolVersion } from './values.js';

/** The key that a phone is asked to make: an RSA key of so many bits, or an EC key on a curve. */
export type RequestedKey = RequestedRsaKey | RequestedEcKey;
export interface RequestedRsaKey {
  readonly type: 'rsa';
  /** Bits. */
  readonly size: number;
}
export interface RequestedEcKey {
  readonly type: 'ec';
  readonly curve: Curve;
}

/**
 * What to ask of whom. To a version-2 client only the key size may be sent, so an EC key cannot be expressed to it
 * (capf-wire-protocol.md, section 5, version negotiation).
 */
export type KeyGeneration =
  | { readonly version: 2; readonly key: RequestedRsaKey }
  | { readonly version: 3; readonly key: RequestedKey };

/**
 * AUTH_REQUEST, the server's first message: VERSION 3 and AUTH_TYPE 0, as capfd sends it; clients of both versions
 * answer it (section 5).
 *
 * @param sessionId - The id of the new session, an unsigned 32-bit number.
 */
export function authRequest(sessionId: number): Complete<'AuthRequest'> {
  return createMessage('AuthRequest', sessionId, { version: ProtocolVersion.THREE, authType: AuthType.NONE });
}

/** KEY_GENERATE_REQUEST in the elements that the client's version understands. @throws ProtocolError `wire-value-out-of-range` */
export function keyGenerateRequest(sessionId: number, { version, key }: KeyGeneration): Complete<'KeyGenerateRequest'> {
  if (version === ProtocolVersion.TWO) return createMessage('KeyGenerateRequest', sessionId, { keySize: key.size });
  switch (key.type) {
    case 'rsa':
      return createMessage('KeyGenerateRequest', sessionId, { keySize: key.size, keyType: KeyType.RSA });
    case 'ec':
      return createMessage('KeyGenerateRequest', sessionId, { keyType: KeyType.EC, curve: key.curve });
  }
}

/**
 * STORE_CERTIFICATE_REQUEST for an LSC. One known client reads at most 4096 bytes of it (section 8).
 *
 * @param certificate - DER.
 * @throws ProtocolError `wire-message-too-large`
 */
export function storeCertificateRequest(
  sessionId: number,
  certificate: Uint8Array,
): Complete<'StoreCertificateRequest'> {
  return createMessage('StoreCertificateRequest', sessionId, {
    certificateType: CertificateType.LSC,
    certificate: { der: certificate },
  });
}

/**
 * FETCH_CERTIFICATE_REQUEST: empty, as capfd sends it, so that the phone shows what it has.
 *
 * @param certificateType - Asks for the LSC or the MIC by name: provisional, no phone was seen with it.
 */
export function fetchCertificateRequest(
  sessionId: number,
  certificateType?: (typeof CertificateType)[keyof typeof CertificateType],
): Complete<'FetchCertificateRequest'> {
  return createMessage('FetchCertificateRequest', sessionId, { certificateType });
}

/** DELETE_CERTIFICATE_REQUEST, which is empty. */
export function deleteCertificateRequest(sessionId: number): Complete<'DeleteCertificateRequest'> {
  return createMessage('DeleteCertificateRequest', sessionId, {});
}

/** END_SESSION. @param reason - See {@link Reason} for which one to send when (sections 4 and 5). */
export function endSession(sessionId: number, reason: number): Complete<'EndSession'> {
  return createMessage('EndSession', sessionId, { reason });
}
