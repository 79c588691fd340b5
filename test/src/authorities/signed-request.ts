import { sign } from 'node:crypto';
import type { WantedCertificate } from '@opencapf/authority';
import {
  certificationRequestInfo,
  generateKeyPair,
  signedCertificationRequest,
  unsignedCertificationRequest,
} from '@opencapf/pki';

/** What a client is to ask for, for a new key: its PKCS#10 signed by the phone, or by nobody (RFC 5272, C.1). */
export async function signedRequest(by: 'phone' | 'nobody' = 'phone'): Promise<WantedCertificate> {
  const { spki, privateKey } = await generateKeyPair({ kind: 'ec', size: 256 });
  const deviceName = 'SEP001122334455';
  const info = certificationRequestInfo({ deviceName, spki });
  return {
    deviceName,
    spki,
    certificationRequest: async () =>
      by === 'nobody'
        ? unsignedCertificationRequest(info)
        : signedCertificationRequest(info, spki, sign('sha256', info, privateKey)),
  };
}
