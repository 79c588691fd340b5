import { createHash } from 'node:crypto';
import type { CertificateRecord } from '@opencapf/pki';

/**
 * What ties a login to the TLS connection that it travels in ("Extended Protection"): the tls-server-end-point binding of
 * RFC 5929, 4, as the MD5 over a gss_channel_bindings_struct that [MS-NLMP] 2.2.2.1 asks for. 16 bytes.
 *
 * @param server - The certificate that the server showed in this connection.
 */
export function channelBindings(server: Pick<CertificateRecord, 'der' | 'signatureAlgorithm'>): Buffer {
  const hash = createHash(hashes[server.signatureAlgorithm] ?? 'sha256')
    .update(server.der)
    .digest();
  const data = Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), hash]);
  // Types and lengths of two addresses, all none, then the length of the data.
  const head = Buffer.alloc(20);
  head.writeUInt32LE(data.length, 16);
  return createHash('md5').update(head).update(data).digest();
}

/** The hash of a certificate's signature counts, but SHA-256 where that is MD5 or SHA-1 (and here where it is not known). */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
