import { sign } from 'node:crypto';
import type { KeyPair } from '@opencapf/pki';
import { type Complete, DigestId } from '@opencapf/protocol';

/**
 * What a phone does when it is told to sign a certificate request, of which nobody has seen what real phones do: it signs;
 * it says that it does not (reason 7); its signature does not verify; or it does not know the command and closes, as
 * capfc does on any that it does not know.
 */
export type RequestSigning = 'signs' | 'refuses' | 'signsWrongly' | 'closes';

const digests: ReadonlyMap<number, string> = new Map([
  [DigestId.SHA1, 'sha1'],
  [DigestId.SHA256, 'sha256'],
  [DigestId.SHA512, 'sha512'],
]);

/**
 * The signature that SIGN_CERTIFICATE_REQUEST asks for, as a PKCS#10 request takes it: for RSA PKCS#1 v1.5 with
 * DigestInfo, for EC DER ECDSA. Undefined when the phone cannot make it: the digest is unknown, or too long for the key.
 */
export function signRequest(
  { signedData, digestType }: Complete<'SignCertificateRequest'>,
  { privateKey }: KeyPair,
): Uint8Array | undefined {
  const digest = digests.get(digestType);
  if (digest === undefined) return undefined;
  try {
    return sign(digest, signedData, privateKey);
  } catch {
    return undefined;
  }
}
