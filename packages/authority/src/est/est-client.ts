import type { RandomBytes } from '@opencapf/pki';
import type { CheckStep, UnknownOutcome } from '../authority.js';
import type { AuthorityClient, ClientOutcome, ComposedRequest, WantedCertificate } from '../authority-client.js';
import { AuthorityError } from '../errors.js';
import { type HttpAnswer, type HttpClient, statusFailure } from '../http/index.js';
import { type AnswerSurroundings, readCertificates, readEnrollment } from './est-answer.js';
import { checkEst } from './est-check.js';

/** How certificates are asked for; the name is that of the resource. */
export type EstOperation = 'simpleenroll' | 'simplereenroll';

export interface EstClientSettings {
  readonly client: HttpClient;
  /** Of the URL, for words. */
  readonly hostname: string;
  /** `/.well-known/est/`, with the label where there is one; with the slash at its end. */
  readonly path: string;
  /** `simplereenroll`: it is tried first, and `simpleenroll` where it is refused. */
  readonly operation: EstOperation;
  readonly login: { readonly username: string; readonly password: string } | undefined;
  /** The authority answers a repeated request with the certificate that it issued before. */
  readonly repeatIsSafe: boolean;
  readonly proofOfPossession: 'none' | 'phone';
  /** The certificate that LSCs are signed by, DER. */
  readonly issuerCertificate: Uint8Array;
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
}

/**
 * EST (RFC 7030), as a registration authority speaks it: it logs in as itself and asks for the certificates of others.
 *
 * EST has no way to ask what came of a request: after a lost answer it is given up, unless the authority is known to answer
 * a repeated request with the same certificate.
 */
export class EstClient implements AuthorityClient {
  declare readonly reconcile?: NonNullable<AuthorityClient['reconcile']>;
  readonly #settings: EstClientSettings;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #secrets: readonly string[];

  constructor(settings: EstClientSettings) {
    this.#settings = settings;
    const { login } = settings;
    const credentials = login === undefined ? '' : base64(`${login.username}:${login.password}`);
    this.#headers = login === undefined ? {} : { authorization: `Basic ${credentials}` };
    this.#secrets = login === undefined ? [] : [credentials, login.password];
    if (settings.repeatIsSafe) {
      this.reconcile = async (request, signal): Promise<ClientOutcome | UnknownOutcome> =>
        await this.submit(request, signal);
    }
  }

  async compose({ deviceName, spki, certificationRequest }: WantedCertificate): Promise<ComposedRequest> {
    const reference = Buffer.from(this.#settings.randomBytes(16)).toString('hex');
    return { deviceName, spki, request: await certificationRequest(), reference };
  }

  async submit(request: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome> {
    if (this.#settings.operation === 'simpleenroll') return await this.#enroll('simpleenroll', request, signal);
    const outcome = await this.#reenroll(request, signal);
    // What was refused was not taken, so this is no second request.
    return outcome ?? (await this.#enroll('simpleenroll', request, signal));
  }

  /**
   * The same request again, at the same resource (RFC 7030, 4.2.3): the authority knows it by its bytes for as long as it is
   * pending. Once it is decided the authority may have forgotten it, so a lost answer is not asked for again.
   */
  async poll(
    request: ComposedRequest,
    pollReference: string,
    signal: AbortSignal,
  ): Promise<ClientOutcome | UnknownOutcome> {
    const operation = pollReference === 'simplereenroll' ? 'simplereenroll' : 'simpleenroll';
    try {
      return await this.#enroll(operation, request, signal);
    } catch (fault) {
      if (!(fault instanceof AuthorityError) || fault.consequence !== 'reconcile' || this.#settings.repeatIsSafe) {
        throw fault;
      }
      return { state: 'unknown', reason: fault.message };
    }
  }

  async fetchChain(signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const answer = await this.#get('cacerts', signal);
    const failure = statusFailure(answer, this.#settings.client.host, this.#settings.now());
    if (failure !== undefined) throw failure;
    return readCertificates(answer, this.#surroundings(), 'retry');
  }

  check(signal: AbortSignal): AsyncIterable<CheckStep> {
    const { client, path, hostname, proofOfPossession, issuerCertificate, now } = this.#settings;
    return checkEst({
      host: client.host,
      hostname,
      path,
      proofOfPossession,
      issuerCertificate,
      now: now(),
      get: async (resource) => await this.#get(resource, signal),
      post: async (body) => await this.#post('simpleenroll', body, signal),
      readCertificates: (answer) => readCertificates(answer, this.#surroundings(), 'retry'),
    });
  }

  async close(): Promise<void> {
    await this.#settings.client.close();
  }

  async #get(resource: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { client, path } = this.#settings;
    return await client.request({ method: 'GET', path: path + resource, headers: this.#headers }, signal);
  }

  /** Undefined when it is refused for another reason than the login. */
  async #reenroll(request: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome | undefined> {
    try {
      const outcome = await this.#enroll('simplereenroll', request, signal);
      return outcome.state === 'denied' ? undefined : outcome;
    } catch (fault) {
      if (fault instanceof AuthorityError && fault.code === 'authority-not-found') return undefined;
      throw fault;
    }
  }

  async #enroll(operation: EstOperation, { request }: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome> {
    const answer = await this.#post(operation, inLines(request), signal);
    return readEnrollment(answer, operation, this.#surroundings());
  }

  async #post(operation: EstOperation, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { client, path } = this.#settings;
    const headers = {
      ...this.#headers,
      'content-type': 'application/pkcs10',
      'content-transfer-encoding': 'base64',
      accept: 'application/pkcs7-mime',
    };
    return await client.request({ method: 'POST', path: path + operation, headers, body }, signal);
  }

  #surroundings(): AnswerSurroundings {
    return { host: this.#settings.client.host, now: this.#settings.now(), secrets: this.#secrets };
  }
}

/** Line breaks are of no account to RFC 8951; older servers read base64 in lines alone. */
function inLines(der: Uint8Array): string {
  return Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\r\n');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
