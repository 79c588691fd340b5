import { fromPem, PkiError, readTrustUpload } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { type HttpAnswer, type HttpClient, type HttpConnection, statusFailure } from '../http/index.js';
import { asHarmless, type CertsrvLogin, type LoggedIn } from './certsrv-login.js';
import { type CertsrvPage, readCertsrvPage } from './certsrv-page.js';

/** Pages have 20 KiB, lists of templates more. Bytes. */
const largestPage = 262_144;

/**
 * The pages take us for a program that knows no certificates, and give them another content type, unless the name begins like
 * that of a browser.
 */
const userAgent = 'Mozilla/5.0 (compatible; OpenCAPF)';

/** What certnew.cer gives: a certificate, or a page that says why there is none. */
export type Download = { readonly certificate: Uint8Array } | { readonly page: CertsrvPage };

export interface CertsrvSessionSettings {
  readonly client: HttpClient;
  readonly login: CertsrvLogin;
  /** The pages' root, with the slash at its end. */
  readonly path: string;
  readonly now: () => Date;
}

/**
 * The pages of certsrv in one connection that is logged in. It is logged in at once before the one request that may be sent
 * once only, so that a connection that the server gives up is noticed at a request that does no harm.
 */
export class CertsrvSession {
  readonly #settings: CertsrvSessionSettings;
  readonly #connection: HttpConnection;
  readonly #loggedIn: LoggedIn;

  private constructor(settings: CertsrvSessionSettings, connection: HttpConnection, loggedIn: LoggedIn) {
    this.#settings = settings;
    this.#connection = connection;
    this.#loggedIn = loggedIn;
  }

  /** Works in a session, and ends it. Rejects as `CertsrvLogin.logIn`, and with what the work rejects with. */
  static async within<Result>(
    settings: CertsrvSessionSettings,
    signal: AbortSignal,
    work: (session: CertsrvSession) => Promise<Result>,
  ): Promise<Result> {
    const connection = settings.client.connect();
    try {
      return await work(new CertsrvSession(settings, connection, await settings.login.logIn(connection, signal)));
    } finally {
      await connection.close();
    }
  }

  get scheme(): LoggedIn['scheme'] {
    return this.#loggedIn.scheme;
  }

  /**
   * Asks for a certificate. Rejects with `authority-*`; the consequence is `reconcile` whenever the CA may have taken it.
   *
   * @param certificationRequest - DER PKCS#10.
   */
  async submit(certificationRequest: Uint8Array, template: string, signal: AbortSignal): Promise<CertsrvPage> {
    const form = new URLSearchParams({
      Mode: 'newreq',
      CertRequest: pemRequest(certificationRequest),
      CertAttrib: `CertificateTemplate:${template}\r\n`,
      TargetStoreFlags: '0',
      SaveCert: 'yes',
      ThumbPrint: '',
    });
    const answer = await this.#connection.request(
      {
        method: 'POST',
        path: `${this.#settings.path}certfnsh.asp`,
        headers: { ...this.#headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
        largestAnswer: largestPage,
      },
      signal,
    );
    const failure = statusFailure(answer, this.#settings.client.host, this.#settings.now());
    if (failure !== undefined) throw failure;
    return readCertsrvPage(textOf(answer));
  }

  /** Asks for the certificate of a request. It may be asked for as often as one likes. */
  async download(request: number, signal: AbortSignal): Promise<Download> {
    const answer = await this.get(`certnew.cer?ReqID=${request}&Enc=b64`, signal);
    if (!isCertificate(answer)) return { page: readCertsrvPage(textOf(answer)) };
    return { certificate: readCertificateFile(answer.body) };
  }

  /** The CA's certificates, DER, the one that signs now first. */
  async downloadChain(signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const renewals = /\bnRenewals\s*=\s*(\d{1,4})\b/i.exec(textOf(await this.get('certcarc.asp', signal)))?.[1];
    if (renewals === undefined) {
      throw unreadable(
        `${this.#settings.client.host} answers, but not with the pages of AD CS web enrollment (certcarc.asp). Correct the URL of the authority.`,
      );
    }
    const file = `?ReqID=CACert&Renewal=${renewals}&Enc=bin`;
    const own = await this.get(`certnew.cer${file}`, signal);
    const chain = await this.get(`certnew.p7b${file}`, signal);
    try {
      const [issuing, ...others] = readTrustUpload(own.body);
      if (issuing === undefined || others.length > 0) throw new PkiError('trust-upload-unreadable');
      const above = readTrustUpload(chain.body).filter(({ der }) => Buffer.compare(der, issuing.der) !== 0);
      return [issuing, ...above].map(({ der }) => der);
    } catch (cause) {
      if (!(cause instanceof PkiError)) throw cause;
      const words = `${this.#settings.client.host} gives no certificates of its CA (certnew.cer, certnew.p7b): ${cause.message}`;
      throw unreadable(words, cause);
    }
  }

  /** A page or file. Rejects with `authority-*` and the consequence `retry`. */
  async get(page: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.#connection.request(
      { method: 'GET', path: this.#settings.path + page, headers: this.#headers, largestAnswer: largestPage },
      signal,
    );
    const failure = statusFailure(answer, this.#settings.client.host, this.#settings.now());
    if (failure !== undefined) throw asHarmless(failure);
    return answer;
  }

  get #headers(): Readonly<Record<string, string>> {
    return { 'user-agent': userAgent, ...this.#loggedIn.headers };
  }
}

export function textOf({ body }: HttpAnswer): string {
  return new TextDecoder().decode(body);
}

function isCertificate({ headers, body }: HttpAnswer): boolean {
  if (/^application\/(pkix-cert|x-x509-ca-cert)\b/i.test(headers['content-type'] ?? '')) return true;
  return Buffer.from(body.subarray(0, 64)).toString('latin1').trimStart().startsWith('-----BEGIN CERTIFICATE-----');
}

/** @throws AuthorityError `issued-certificate-unreadable` */
function readCertificateFile(body: Uint8Array): Uint8Array {
  if (body[0] === 0x30) return body;
  try {
    const [certificate] = fromPem('CERTIFICATE', Buffer.from(body).toString('latin1'));
    if (certificate !== undefined) return certificate;
  } catch (cause) {
    throw new AuthorityError('issued-certificate-unreadable', undefined, { cause });
  }
  throw new AuthorityError('issued-certificate-unreadable');
}

function pemRequest(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\r\n');
}

function unreadable(words: string, cause?: unknown): AuthorityError {
  return new AuthorityError('authority-answer-unreadable', words, { cause, consequence: 'retry' });
}
