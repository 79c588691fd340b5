import { createPrivateKey } from 'node:crypto';
import { exportPkcs8, importPkcs8, type KeyPair, readCertificate } from '@opencapf/pki';
import type { HeldCertificate } from './identity.js';

/**
 * A certificate and its key as files hold them.
 *
 * @param certificate - PEM or DER.
 * @param keyPem - PKCS#8, PKCS#1 or SEC 1, not encrypted.
 * @returns Undefined when one of them is unreadable or they do not belong together.
 */
export function readHeldCertificate(certificate: Uint8Array | string, keyPem: string): HeldCertificate | undefined {
  try {
    const key = readKey(keyPem);
    const { der, spki } = readCertificate(certificate);
    return key !== undefined && Buffer.compare(spki, key.spki) === 0 ? { certificate: der, key } : undefined;
  } catch {
    return undefined;
  }
}

/** A key as a file holds it: PKCS#8, PKCS#1 or SEC 1, PEM, not encrypted. Undefined when it is unreadable. */
export function readKey(pem: string): KeyPair | undefined {
  try {
    return importPkcs8(exportPkcs8(createPrivateKey(pem)));
  } catch {
    return undefined;
  }
}
