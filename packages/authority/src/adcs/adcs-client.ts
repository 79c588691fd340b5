import type { RandomBytes } from '@opencapf/pki';
import type { CheckStep, UnknownOutcome } from '../authority.js';
import type { AuthorityClient, ClientOutcome, ComposedRequest, WantedCertificate } from '../authority-client.js';
import { AuthorityError } from '../errors.js';
import type { HttpClient } from '../http/index.js';
import { type Authentication, CertsrvLogin, type Credentials } from './certsrv-login.js';
import { type CertsrvPage, disposition } from './certsrv-page.js';
import { CertsrvSession, type CertsrvSessionSettings } from './certsrv-session.js';
import { type CheckedSettings, checkCertsrv } from './check-steps.js';
import { decodeCommittedRequest, encodeCommittedRequest } from './committed-request.js';
import { KnownRequests } from './known-requests.js';
import { passingFault, refusal } from './refusals.js';
import { searchByKey } from './search-by-key.js';

/** How the web enrollment of a Microsoft CA is asked. */
export interface AdcsClientSettings extends CheckedSettings {
  readonly client: HttpClient;
  /** The pages' root, with the slash at its end: `/certsrv/`. */
  readonly path: string;
  readonly hostname: string;
  readonly authentication: Authentication;
  readonly credentials: Credentials;
  /** Milliseconds between two questions about a request that waits for approval. */
  readonly pollEvery: number;
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
}

/** The CA has taken a request and told its number, but not come to give the certificate: it is asked again soon. */
const askAgainSoon = 5_000;

/**
 * Microsoft AD CS by its web enrollment pages ("certsrv"). Once a page has told the number of a request, whatever is lost
 * afterwards is found again by it: the request is then *pending* at worst.
 */
export class AdcsClient implements AuthorityClient {
  readonly #settings: AdcsClientSettings;
  readonly #session: CertsrvSessionSettings;
  readonly #known = new KnownRequests();

  constructor(settings: AdcsClientSettings) {
    const { client, path, now } = settings;
    this.#settings = settings;
    this.#session = { client, path, now, login: new CertsrvLogin(client, settings) };
  }

  async compose(wanted: WantedCertificate): Promise<ComposedRequest> {
    const { deviceName, spki } = wanted;
    const certificationRequest = await wanted.certificationRequest();
    const reference = Buffer.from(this.#settings.randomBytes(16)).toString('hex');
    const request = encodeCommittedRequest({ certificationRequest, after: this.#known.highest });
    return { deviceName, spki, request, reference };
  }

  async submit({ request, reference }: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome> {
    const { certificationRequest } = decodeCommittedRequest(request);
    return await CertsrvSession.within(this.#session, signal, async (session) => {
      const page = await session.submit(certificationRequest, this.#settings.template, signal);
      const number = page.issuedRequest ?? page.request;
      if (number !== undefined) this.#known.note(number, reference);
      if (page.issuedRequest === undefined) {
        const fault = passingFault(page, this.#settings.client.host);
        if (fault !== undefined) throw fault;
        if (page.saysDenied || (number === undefined && page.hresult !== undefined)) return this.#denied(page);
      }
      if (number === undefined) throw this.#unreadable('certfnsh.asp');
      return await this.#settle(session, number, signal);
    });
  }

  async poll(_request: ComposedRequest, pollReference: string, signal: AbortSignal): Promise<ClientOutcome> {
    const number = Number(pollReference);
    return await CertsrvSession.within(
      this.#session,
      signal,
      async (session) => await this.#ask(session, number, signal),
    );
  }

  async reconcile(composed: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome | UnknownOutcome> {
    const { after } = decodeCommittedRequest(composed.request);
    if (after === undefined) {
      return {
        state: 'unknown',
        reason: 'When the request left, no request number of this CA was known to look for it from.',
      };
    }
    const { host } = this.#settings.client;
    return await CertsrvSession.within(
      this.#session,
      signal,
      async (session) => await searchByKey(session, composed, after, this.#known, host, signal),
    );
  }

  async fetchChain(signal: AbortSignal): Promise<readonly Uint8Array[]> {
    return await CertsrvSession.within(this.#session, signal, async (session) => await session.downloadChain(signal));
  }

  check(signal: AbortSignal): AsyncIterable<CheckStep> {
    return checkCertsrv(this.#session, this.#settings, signal);
  }

  async close(): Promise<void> {
    await this.#settings.client.close();
  }

  /** What has become of a request whose number is known; it is not lost whatever happens here. */
  async #settle(session: CertsrvSession, number: number, signal: AbortSignal): Promise<ClientOutcome> {
    try {
      return await this.#ask(session, number, signal);
    } catch (fault) {
      if (!(fault instanceof AuthorityError) || fault.consequence === 'fail') throw fault;
      return { state: 'pending', pollReference: String(number), retryAfter: fault.retryAfter ?? askAgainSoon };
    }
  }

  async #ask(session: CertsrvSession, number: number, signal: AbortSignal): Promise<ClientOutcome> {
    const download = await session.download(number, signal);
    if ('certificate' in download) return { state: 'issued', certificates: [download.certificate] };
    const { page } = download;
    const fault = passingFault(page, this.#settings.client.host);
    if (fault !== undefined) throw fault;
    switch (page.disposition) {
      case disposition.pending:
        return { state: 'pending', pollReference: String(number), retryAfter: this.#settings.pollEvery };
      case disposition.denied:
      case disposition.revoked:
        return this.#denied(page);
      default:
        break;
    }
    if (page.hresult !== undefined && unknownRequestCodes.has(page.hresult)) {
      return {
        state: 'denied',
        reason: `The CA does not know its own request ${number} any more (0x${page.hresult}).`,
      };
    }
    throw this.#unreadable('certnew.cer');
  }

  #denied(page: CertsrvPage): ClientOutcome {
    const { credentials } = this.#settings;
    const secrets = credentials.by === 'basic' ? [credentials.authorization, credentials.authorization.slice(6)] : [];
    return { state: 'denied', reason: refusal(page, secrets) };
  }

  #unreadable(page: string): AuthorityError {
    return new AuthorityError(
      'authority-answer-unreadable',
      `${this.#settings.client.host} answers, but not as AD CS web enrollment does (${page}). Check the URL of the authority, and whether another site or a login page answers there.`,
      { consequence: page === 'certfnsh.asp' ? 'reconcile' : 'retry' },
    );
  }
}

/** CERTSRV_E_NO_REQUEST; "element not found". */
const unknownRequestCodes = new Set(['80094002', '80070490']);
