import { type RequestOptions, request } from 'node:https';
import { type CertificateRecord, exportPkcs8Pem, toPem } from '@opencapf/pki';
import { PhoneError } from '../errors.js';
import type { HeldCertificate } from '../identity.js';
import type { Fetched, FilePlace } from './file-place.js';
import { type FetchTerms, fetchBy } from './http-files.js';

/** Who speaks over HTTPS. */
export interface HttpsParties {
  /** What the server may hold, by the phone's trust list. */
  readonly servers: readonly CertificateRecord[];
  /** The LSC; undefined: the phone shows nothing. */
  readonly shown: HeldCertificate | undefined;
}

/**
 * Fetches a file over HTTPS, as newer phones do (tftp-file-formats.md, section 5.1). The server must hold one of the certificates that
 * the trust list names, octet for octet, whatever host it is on.
 *
 * Rejects with PhoneError `files-server-not-trusted`, `files-unreachable`, `files-answer-unusable`.
 */
export async function fetchOverHttps(
  place: Pick<FilePlace, 'host' | 'port'>,
  name: string,
  terms: FetchTerms,
  { servers, shown }: HttpsParties,
): Promise<Fetched> {
  const tls: RequestOptions = {
    ca: servers.map(({ der }) => toPem('CERTIFICATE', der)),
    // The trust list names the server itself, whoever has issued its certificate.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, { raw }) =>
      servers.some(({ der }) => raw.equals(der))
        ? undefined
        : new PhoneError('files-server-not-trusted', 'its certificate is another one'),
    ...(shown === undefined
      ? {}
      : { cert: toPem('CERTIFICATE', shown.certificate), key: exportPkcs8Pem(shown.key.privateKey) }),
  };
  return await fetchBy((options) => request({ ...options, ...tls }), place, name, terms);
}
