import { toPem } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { type HttpClient, openHttpClient } from '../http/index.js';
import type { AuthoritySurroundings } from './common.js';

/** The settings of `httpsConfiguration` and `httpsSecrets` that a client over HTTPS is opened with. */
export interface HttpsSettings {
  readonly url: string;
  readonly timeoutSeconds: number;
  readonly httpsTrustAnchors?: string | undefined;
  readonly clientCertificate?: string | undefined;
  /** Lets `http:` pass, for protocols that protect their messages themselves. */
  readonly plainHttp?: boolean | undefined;
}

/**
 * Opens the HTTPS client of an authority. Without a trust anchor for HTTPS the issuing certificate and those above it are it:
 * most sites have one CA for both.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function openHttpsClient(
  { url, timeoutSeconds, httpsTrustAnchors, clientCertificate, plainHttp }: HttpsSettings,
  { clientKey }: { readonly clientKey?: string | undefined },
  { issuerCertificate, chain }: AuthoritySurroundings,
): HttpClient {
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw new AuthorityError('authority-setting-invalid', 'A client certificate and its key go together.');
  }
  return openHttpClient({
    url,
    trustAnchors:
      httpsTrustAnchors ??
      [issuerCertificate, ...chain].map((certificate) => toPem('CERTIFICATE', certificate)).join(''),
    ...(clientCertificate !== undefined && clientKey !== undefined
      ? { clientCertificate: { certificate: clientCertificate, key: clientKey } }
      : {}),
    plainHttp,
    timeoutMs: timeoutSeconds * 1000,
  });
}
