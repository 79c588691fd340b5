import { constants, createHash, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { importSpki } from '@opencapf/pki';

const digests = ['sha256', 'sha512', 'sha1'] as const;

/**
 * In which form a signature over `data` is one of the key's owner, in words for the evidence: it cannot be found out any
 * more when keys and signatures were made anonymous. `unknown` when it is none that we know of.
 *
 * @param spki - DER SubjectPublicKeyInfo.
 */
export function signatureForm(data: Uint8Array, spki: Uint8Array, signature: Uint8Array): string {
  const key = keyOf(spki);
  if (key === undefined) return 'unknown: the public key is unreadable';
  const isRsa = key.asymmetricKeyType === 'rsa';
  for (const digest of digests) {
    if (verifies(digest, data, key, signature)) {
      return isRsa ? `PKCS#1 v1.5 with DigestInfo, ${digest}` : `DER ECDSA, ${digest}`;
    }
  }
  const inside = isRsa ? bareContent(key, signature) : undefined;
  if (inside === undefined) return 'unknown';
  const bare = digests.find((digest) => inside.equals(createHash(digest).update(data).digest()));
  return bare === undefined ? `unknown: PKCS#1 v1.5 around ${inside.length} bytes` : `bare digest, ${bare}`;
}

function verifies(digest: string, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(digest, data, key, signature);
  } catch {
    return false;
  }
}

function bareContent(key: KeyObject, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  } catch {
    return undefined;
  }
}

function keyOf(spki: Uint8Array): KeyObject | undefined {
  try {
    return importSpki(spki);
  } catch {
    return undefined;
  }
}
