/**
 * PROVISIONAL: how a phone would prove that it holds its new key. SIGN_CERTIFICATE_REQUEST (22), its RESPONSE (23) and
 * DIGEST_TYPE (19) are known by name only (capf-wire-protocol.md, section 2, "Known by name and code only"); no phone and
 * no CUCM was seen with them. This is the most natural reading, for authorities that want a PKCS#10 request signed by the
 * key that it asks a certificate for:
 *
 * - Request: DIGEST_TYPE, one byte with the digest ids of section 4, and SIGNED_DATA, the bytes to be signed: the DER of a
 *   CertificationRequestInfo (RFC 2986).
 * - Response: SIGNED_DATA, the signature's value; or REASON, why there is none.
 *
 * The signature has to fit into a PKCS#10 request as it is. So for an RSA key it is PKCS#1 v1.5 **with** the DigestInfo,
 * unlike the bare digests of section 6; for an EC key it is the DER of an ECDSA signature. Whoever gets one verifies it,
 * and keeps the answer's bytes (`encodeMessage` gives back what came, `ProtocolError.bytes` what did not decode).
 */
import { createMessage } from './create-message.js';
import type { Complete } from './message.js';
import { DigestId, Reason } from './values.js';

/**
 * SIGN_CERTIFICATE_REQUEST.
 *
 * @param certificationRequestInfo - DER.
 * @param digest - See {@link DigestId}; SHA-256 is what certificate authorities want.
 * @throws ProtocolError `wire-value-out-of-range`, `wire-message-too-large`
 */
export function signCertificateRequest(
  sessionId: number,
  certificationRequestInfo: Uint8Array,
  digest: number = DigestId.SHA256,
): Complete<'SignCertificateRequest'> {
  return createMessage('SignCertificateRequest', sessionId, {
    signedData: certificationRequestInfo,
    digestType: digest,
  });
}

/**
 * SIGN_CERTIFICATE_RESPONSE: the signature's value, or the reason (a number) why there is none.
 *
 * @throws ProtocolError `wire-value-out-of-range`, `wire-message-too-large`
 */
export function signCertificateResponse(
  sessionId: number,
  answer: { readonly signature: Uint8Array } | { readonly reason: number },
): Complete<'SignCertificateResponse'> {
  return createMessage(
    'SignCertificateResponse',
    sessionId,
    'signature' in answer ? { signedData: answer.signature } : { reason: answer.reason },
  );
}

/** What a phone answered: a signature, of which nothing is known yet, or that it gives none. */
export type CertificateSignature =
  | { readonly kind: 'signed'; readonly signature: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: number | undefined };

/** Reads an answer. A signature counts unless the phone says with it that something failed. */
export function certificateSignature({
  signedData,
  reason,
}: Complete<'SignCertificateResponse'>): CertificateSignature {
  const failed = reason !== undefined && reason !== Reason.NO_ACTION && reason !== Reason.UPDATE_CERTIFICATE;
  return signedData === undefined || signedData.length === 0 || failed
    ? { kind: 'refused', reason }
    : { kind: 'signed', signature: signedData };
}
