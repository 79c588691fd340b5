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
    const key: KeyPair = importPkcs8(exportPkcs8(createPrivateKey(keyPem)));
    const { der, spki } = readCertificate(certificate);
    return Buffer.compare(spki, key.spki) === 0 ? { certificate: der, key } : undefined;
  } catch {
    return undefined;
  }
}
