import { AuthorityError, type PrepareRequest } from '@opencapf/authority';
import { type Complete, certificateSignature, ProtocolVersion, signCertificateRequest } from '@opencapf/protocol';
import { reasonWords } from './dialogue.js';
import type { OperationSession } from './operation-session.js';

/**
 * Has the phone sign with its new key, for authorities that are set to ask for it. What it answers, what does not decode
 * included, is kept as hex in the record of the session: the exchange is provisional. A version-2 client is not asked: it knows version 2's commands only.
 */
export function proofOfKey({ phone, version, services }: OperationSession): PrepareRequest['proveKey'] {
  if (version === ProtocolVersion.TWO) return undefined;
  return async (certificationRequestInfo) => {
    const request = signCertificateRequest(phone.sessionId, certificationRequestInfo);
    let answer: Complete<'SignCertificateResponse'>;
    let last: Uint8Array | undefined;
    phone.tap((from, bytes) => {
      if (from === 'phone') last = bytes;
    });
    try {
      answer = await phone.answerTo(request, services.deadlines.store);
    } finally {
      phone.tap(undefined);
      if (last !== undefined)
        phone.remark(`SIGN_CERTIFICATE_REQUEST was answered by ${Buffer.from(last).toString('hex')}.`);
    }
    const signature = certificateSignature(answer);
    if (signature.kind === 'signed') return signature.signature;
    throw new AuthorityError('key-proof-missing', `The phone signed nothing${reasonWords(signature.reason)}.`);
  };
}
