import { type Complete, createMessage } from '@opencapf/protocol';
import type { ProofDamage } from './language.js';

/** AUTH_RESPONSE with something wrong in what the phone shows to prove itself. */
export function damageProof(message: Complete<'AuthResponse'>, damage: ProofDamage): Complete<'AuthResponse'> {
  const { sessionId, version, deviceName, reason, certificate, signedData, sha2SignedData, sudiData } = message;
  const proof = { certificate, signedData, sha2SignedData, sudiData };
  const rebuilt = (part: { readonly [Field in keyof typeof proof]?: (typeof proof)[Field] | undefined }) =>
    createMessage('AuthResponse', sessionId, {
      version,
      deviceName,
      reason,
      password: message.password?.toString('latin1'),
      ...proof,
      ...part,
    });
  switch (damage) {
    case 'certificate':
      return rebuilt({ certificate: certificate && { ...certificate, der: flipped(certificate.der) } });
    case 'signedData':
      return rebuilt({ signedData: signedData && flipped(signedData) });
    case 'noSignedData':
      return rebuilt({ signedData: undefined });
    case 'sha2SignedData':
      return rebuilt({
        sha2SignedData: sha2SignedData && { ...sha2SignedData, signature: flipped(sha2SignedData.signature) },
      });
    case 'noSha2SignedData':
      return rebuilt({ sha2SignedData: undefined });
    case 'sudi': {
      const { sha1Signature } = sudiData ?? {};
      const damaged = sha1Signature && { ...sha1Signature, bytes: flipped(sha1Signature.bytes) };
      return rebuilt({ sudiData: sudiData && damaged && { ...sudiData, sha1Signature: damaged } });
    }
  }
}

/** The same bytes with one bit of the last one turned. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const last = copy.length - 1;
  copy[last] = (copy[last] ?? 0) ^ 1;
  return copy;
}
