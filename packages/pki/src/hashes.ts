import { hash } from 'node:crypto';

/**
 * MD5 over a DER certificate, lower-case hex: what phones compare with `certHash` (phone-behaviour.md, "The local
 * hash"). MD5 because the phones do; nothing here relies on it for security.
 */
export function certificateMd5(certificateDer: Uint8Array): string {
  return hash('md5', certificateDer);
}

/** MD5 over a DER SubjectPublicKeyInfo, lower-case hex: `public_key_md5` of the relation `device`. */
export function publicKeyMd5(spkiDer: Uint8Array): string {
  return hash('md5', spkiDer);
}

/** SHA-256, lower-case hex: the identity of a certificate (over its DER) and of a key (over its SubjectPublicKeyInfo). */
export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

/** SHA-1 over the content of a public key's BIT STRING, 20 bytes: a key identifier (RFC 5280, 4.2.1.2, method 1). */
export function keyIdentifier(subjectPublicKey: Uint8Array): Uint8Array {
  return hash('sha1', subjectPublicKey, 'buffer');
}
