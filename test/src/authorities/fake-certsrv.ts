import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { certsOnly } from './certs-only.js';
import { type Chaos, calm, type Fate } from './chaos.js';
import type { FakeCa, Flaw, TlsIdentity } from './fake-ca.js';

import { readRequest } from './fake-ca-request.js';
import { type CertsrvLanguage, CertsrvPages } from './fake-certsrv-pages.js';
import { type NtlmUser, NtlmVerifier } from './ntlm-verifier.js';

/** What the CA does with requests from now on. */
export type CertsrvBehaviour = 'issue' | 'deny' | 'pendThenIssue' | 'pendThenDeny' | 'slow' | 'loseAnswer' | Flaw;

export interface FakeCertsrvSettings {
  readonly ca: FakeCa;
  /** Undefined: plain HTTP on loopback, for a proxy in front that does TLS and logins. */
  readonly tls?: TlsIdentity | undefined;
  /** Who vouches for client certificates, PEM; one is required then. */
  readonly clientAnchors?: string | undefined;
  readonly language?: CertsrvLanguage | undefined;
  /** Who may log in, and how; anybody without. */
  readonly login?:
    | { readonly schemes: readonly string[]; readonly user: NtlmUser; readonly password: string }
    | undefined;
  readonly templates?: readonly string[] | undefined;
  /** DER of the TLS certificate, which logins by NTLM are bound to. */
  readonly boundTo?: Uint8Array | undefined;
  readonly chaos?: Chaos | undefined;
  /** Lets requests pass that nobody signed, as a CA with a policy of its own might. */
  readonly acceptUnsigned?: boolean | undefined;
  /** Which requests wait for approval whatever the behaviour, by the SHA-256 over the key, lower-case hex; they are issued then. */
  readonly pends?: ((key: string) => boolean) | undefined;
}

interface CaRequest {
  readonly name: string;
  readonly spki: Uint8Array;
  state: 'pending' | 'denied' | 'issued';
  certificate?: Uint8Array;
  /** What a request that waits comes to, and how often it is still said to wait. */
  verdict?: { readonly to: 'issued' | 'denied'; asks: number };
}

/** So often a pending request is said to wait: to the question that follows at once, and to the first poll. */
const asksWhilePending = 2;
const slowMs = 300;
const disposition = { denied: 2, pending: 5 } as const;

/** The web enrollment pages of a CA that exists for tests. */
export class FakeCertsrv implements AsyncDisposable {
  behaviour: CertsrvBehaviour = 'issue';
  readonly #settings: FakeCertsrvSettings;
  readonly #pages: CertsrvPages;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #logins = new WeakMap<Socket, { readonly verifier: NtlmVerifier; loggedIn: boolean }>();
  readonly #requests: CaRequest[] = [];
  readonly #refusedLogins: string[] = [];
  #paths: string[] = [];

  private constructor(settings: FakeCertsrvSettings) {
    const { tls, clientAnchors, language = 'en' } = settings;
    this.#settings = settings;
    this.#pages = new CertsrvPages(language);
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch(() => request.socket.destroy());
    };
    this.#server =
      tls === undefined
        ? createHttpServer(answer)
        : createHttpsServer(
            { ...tls, ...(clientAnchors === undefined ? {} : { ca: clientAnchors, requestCert: true }) },
            answer,
          );
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @param port - 0 for any. */
  static async start(settings: FakeCertsrvSettings, port = 0): Promise<FakeCertsrv> {
    const fake = new FakeCertsrv(settings);
    fake.#server.listen(port, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#settings.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** Why logins were refused, in the order in which they were tried. */
  get refusedLogins(): readonly string[] {
    return this.#refusedLogins;
  }

  /** What was asked for since this was last read: method and path. */
  takePaths(): readonly string[] {
    const paths = this.#paths;
    this.#paths = [];
    return paths;
  }

  /** Another program asks for a certificate, or for one that has to be approved. */
  async requestOfSomebodyElse(key: Uint8Array, state: 'issued' | 'pending'): Promise<void> {
    const request: CaRequest = { name: 'somebody.example.com', spki: key, state };
    this.#requests.push(request);
    if (state === 'issued') request.certificate = await this.#settings.ca.certify(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const fate = (this.#settings.chaos ?? calm).fate();
    if (fate.delayMs > 0) await delay(fate.delayMs);
    if (fate.course === 'close') return void request.socket.destroy();
    if (fate.course === 'busy') return end(response, 503, 'text/plain', 'busy', { 'retry-after': '1' });
    const url = new URL(request.url ?? '/', 'http://fake');
    this.#paths.push(`${request.method} ${url.pathname}${url.search}`);
    const challenges = this.#requireLogin(request);
    if (challenges !== undefined)
      return end(response, 401, 'text/html', '<h1>401</h1>', { 'www-authenticate': challenges });
    if (!url.pathname.startsWith('/certsrv/')) return end(response, 404, 'text/html', '<h1>404</h1>');
    await this.#serve(url, request, body, response, fate);
  }

  async #serve(
    { pathname, searchParams }: URL,
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
    { course }: Fate,
  ): Promise<void> {
    const page = (html: string): void => end(response, 200, 'text/html', html);
    switch (`${request.method} ${pathname.slice('/certsrv/'.length)}`) {
      case 'GET ':
        return page(this.#pages.welcome());
      case 'GET certcarc.asp':
        return page(this.#pages.caCertificates(0));
      case 'GET certrqxt.asp':
        return page(this.#pages.requestForm(this.#settings.templates ?? ['Phones', 'User']));
      case 'GET certnew.p7b':
        return end(
          response,
          200,
          'application/x-pkcs7-certificates',
          certsOnly([this.#settings.ca.certificate, ...this.#settings.ca.chain]),
        );
      case 'GET certnew.cer':
        return await this.#download(searchParams, response);
      case 'POST certfnsh.asp': {
        const html = await this.#submit(new URLSearchParams(body));
        if (course === 'loseAnswer' || this.behaviour === 'loseAnswer') return void request.socket.destroy();
        return page(html);
      }
      default:
        return end(response, 404, 'text/html', '<h1>404</h1>');
    }
  }

  async #download(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const give = (der: Uint8Array): void =>
      query.get('Enc') === 'bin'
        ? end(response, 200, 'application/pkix-cert', der)
        : end(response, 200, 'application/pkix-cert', pem(der));
    if (query.get('ReqID') === 'CACert') return give(this.#settings.ca.certificate);
    const page = (html: string): void => end(response, 200, 'text/html', html);
    const request = this.#requests[Number(query.get('ReqID')) - 1];
    if (request === undefined)
      return page(this.#pages.failed(undefined, '*', 'No such request. 0x80094002 (-2146877438)'));
    await this.#decide(request);
    if (request.certificate !== undefined) return give(request.certificate);
    return request.state === 'pending'
      ? page(
          this.#pages.failed(
            disposition.pending,
            'Taken Under Submission',
            'The operation was successful. 0x0 (WIN32: 0)',
          ),
        )
      : page(
          this.#pages.failed(
            disposition.denied,
            'Denied by SITE\\admin',
            'The operation was successful. 0x0 (WIN32: 0)',
          ),
        );
  }

  async #decide(request: CaRequest): Promise<void> {
    const { verdict } = request;
    if (request.state !== 'pending' || verdict === undefined) return;
    if (verdict.asks > 0) {
      verdict.asks -= 1;
      return;
    }
    request.state = verdict.to;
    if (verdict.to === 'issued') request.certificate = await this.#settings.ca.certify(request);
  }

  async #submit(form: URLSearchParams): Promise<string> {
    const template = /^CertificateTemplate:(.+)\r?$/m.exec(form.get('CertAttrib') ?? '')?.[1]?.trim();
    const encoded = /^-----BEGIN CERTIFICATE REQUEST-----([^-]+)-----END CERTIFICATE REQUEST-----\s*$/.exec(
      form.get('CertRequest') ?? '',
    )?.[1];
    if (
      form.get('Mode') !== 'newreq' ||
      form.get('SaveCert') !== 'yes' ||
      encoded === undefined ||
      template === undefined
    ) {
      return this.#pages.failed(undefined, '*', 'The form is incomplete. 0x80070057 (WIN32: 87)');
    }
    const { name, spki, signed } = readRequest(Buffer.from(encoded, 'base64'));
    const request: CaRequest = { name, spki, state: 'denied' };
    this.#requests.push(request);
    const number = this.#requests.length;
    const { acceptUnsigned = false, pends } = this.#settings;
    if (!signed && !acceptUnsigned) return this.#pages.denied(number, 'Error Verifying Request Signature  0x80090006');
    if (!(this.#settings.templates ?? ['Phones', 'User']).includes(template)) {
      return this.#pages.denied(number, `Denied by Policy Module  0x80094800, No such template: ${template}.`);
    }
    const waits = pends?.(createHash('sha256').update(spki).digest('hex')) ?? false;
    const behaviour = waits ? 'pendThenIssue' : this.behaviour;
    if (behaviour === 'slow') await delay(slowMs);
    switch (behaviour) {
      case 'deny':
        return this.#pages.denied(number, 'Denied by Policy Module');
      case 'pendThenIssue':
      case 'pendThenDeny':
        request.state = 'pending';
        request.verdict = { to: behaviour === 'pendThenIssue' ? 'issued' : 'denied', asks: asksWhilePending };
        return this.#pages.pending(number);
      default: {
        const flaw =
          behaviour === 'issue' || behaviour === 'slow' || behaviour === 'loseAnswer' ? undefined : behaviour;
        request.state = 'issued';
        request.certificate = await this.#settings.ca.certify(request, flaw);
        return this.#pages.issued(number);
      }
    }
  }

  /** What to answer to one who has not logged in: the challenges; undefined for one who has. */
  #requireLogin({ headers: { authorization = '' }, socket }: IncomingMessage): readonly string[] | undefined {
    const { login, boundTo = new Uint8Array() } = this.#settings;
    if (login === undefined) return undefined;
    const [scheme = '', token = ''] = authorization.split(' ');
    const offer = login.schemes.map((each) => (each === 'Basic' ? 'Basic realm="CA01, the CA"' : each));
    const known = this.#logins.get(socket);
    if (scheme === '') return known?.loggedIn === true ? undefined : offer;
    if (!login.schemes.includes(scheme)) return this.#refuse(`${scheme} is not offered`, offer);
    if (scheme === 'Basic') {
      const { username, domain } = login.user;
      const right = Buffer.from(`${domain}\\${username}:${login.password}`).toString('base64');
      return token === right ? undefined : this.#refuse('a wrong password', offer);
    }
    const message = Buffer.from(token, 'base64');
    if (message.readUInt32LE(8) === 1) {
      const verifier = new NtlmVerifier(login.user, boundTo);
      this.#logins.set(socket, { verifier, loggedIn: false });
      return [`${scheme} ${verifier.challenge(message).toString('base64')}`];
    }
    const verdict = known?.verifier.verify(message) ?? 'no challenge was given';
    if (verdict !== 'right' || known === undefined) return this.#refuse(verdict, offer);
    known.loggedIn = true;
    return undefined;
  }

  #refuse(why: string, offer: readonly string[]): readonly string[] {
    this.#refusedLogins.push(why);
    return offer;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function end(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status, { 'content-type': type }).end(body);
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\r\n');
}
