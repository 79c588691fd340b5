import { AuthorityError, type PrepareRequest } from '@opencapf/authority';
import { certificateSignature, encodeMessage, ProtocolVersion, signCertificateRequest } from '@opencapf/protocol';
import { reasonWords } from './dialogue.js';
import type { OperationSession } from './operation-session.js';

/**
 * Has the phone sign with its new key, for authorities that are set to ask for it. What it answers is kept as hex in the record
 * of the session: the exchange is provisional. A version-2 client is not asked: it knows version 2's commands only.
 */
export function proofOfKey({ phone, version, services }: OperationSession): PrepareRequest['proveKey'] {
  if (version === ProtocolVersion.TWO) return undefined;
  return async (certificationRequestInfo) => {
    const request = signCertificateRequest(phone.sessionId, certificationRequestInfo);
    const answer = await phone.answerTo(request, services.deadlines.store);
    phone.remark(`SIGN_CERTIFICATE_RESPONSE: ${Buffer.from(encodeMessage(answer)).toString('hex')}.`);
    const signature = certificateSignature(answer);
    if (signature.kind === 'signed') return signature.signature;
    throw new AuthorityError('key-proof-missing', `The phone signed nothing${reasonWords(signature.reason)}.`);
  };
}
