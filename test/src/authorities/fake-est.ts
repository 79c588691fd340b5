import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { certsOnly } from './certs-only.js';
import { type Chaos, chaosSeed, seededChaos } from './chaos.js';
import { type FakeCa, type Flaw, flaws, type TlsIdentity } from './fake-ca.js';
import { type RequestFacts, readRequest } from './fake-ca-request.js';

/** What it does with requests for certificates. */
export type EstMode = 'issue' | 'deny' | 'pendThenIssue' | 'pendThenDeny' | 'slow' | 'loseAnswer' | Flaw;

export interface FakeEstSettings {
  readonly ca: FakeCa;
  readonly tls: TlsIdentity;
  /** Nothing: no login is wanted. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Who vouches for clients' certificates, PEM: who shows one needs no other login. */
  readonly clientCa?: string;
  readonly label?: string;
  /** Takes requests with the no-signature mechanism of RFC 5272, C.1 from whoever is logged in. */
  readonly acceptUnsigned?: boolean;
  /** Answers a repeated request with the certificate that it has, instead of certifying again. */
  readonly remembers?: boolean;
  /** Of which keys (SHA-256, hex) it says in the mode `issue`, too, that they have to wait for a decision. */
  readonly pends?: (key: string) => boolean;
  readonly chaos?: Chaos;
}

/** An answer, as this server makes them. */
interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const slowMs = 400;

/**
 * A strict EST server, written from RFC 7030 and sharing no code with the client: whatever the RFC demands of a client is
 * demanded here. Unless it is told otherwise, things go wrong now and then (`chaos`).
 */
export class FakeEst implements AsyncDisposable {
  mode: EstMode = 'issue';
  /** Answers in place of what would be right. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** What goes wrong from the next request on. */
  chaos: Chaos;
  /** What every request waits for, once it is there, before anything comes of it. */
  held: Promise<void> | undefined;
  /** Requests that came, whatever came of them. */
  came = 0;
  readonly #settings: FakeEstSettings;
  readonly #server: Server;
  /** What it said of a request, by the request's hash. */
  readonly #pending = new Set<string>();
  readonly #issued = new Map<string, Uint8Array>();
  #port = 0;

  private constructor(settings: FakeEstSettings) {
    this.#settings = settings;
    this.chaos = settings.chaos ?? seededChaos(chaosSeed());
    const { tls, clientCa } = settings;
    // The certificate is verified, and whoever shows none that is vouched for is refused by `authorized` below: with status 401
    // as EST has it (RFC 7030, 3.2.3), where Node's TLS itself could only close the connection.
    const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
    this.#server = createServer({ ...tls, ...clients }, (request, response) => {
      this.#serve(request, response).catch((fault: unknown) => response.destroy(fault as Error));
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  static async start(settings: FakeEstSettings): Promise<FakeEst> {
    const server = new FakeEst(settings);
    await server.listen();
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get chaosSeed(): number {
    return this.chaos.seed;
  }

  /** Requests that wait for a decision that nobody has asked for. */
  get undecided(): number {
    return this.#pending.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.came += 1;
    await this.held;
    const { delayMs, course } = this.chaos.fate();
    if (delayMs > 0) await delay(delayMs);
    if (course === 'close') return void request.socket.destroy();
    if (course === 'busy') return void response.writeHead(503).end();
    if (this.instead !== undefined) return this.instead(request, response);
    const { status, headers = {}, body = '' } = await this.#answer(request, Buffer.concat(chunks));
    if (course === 'loseAnswer' || (this.mode === 'loseAnswer' && status === 200 && request.method === 'POST')) {
      return void request.socket.destroy();
    }
    response.writeHead(status, headers).end(body);
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { label, ca } = this.#settings;
    const root = `/.well-known/est/${label === undefined ? '' : `${label}/`}`;
    if (request.url?.startsWith(root) !== true) return { status: 404 };
    const resource = request.url.slice(root.length);
    if (resource === 'cacerts') {
      return request.method === 'GET' ? pkcs7([ca.certificate, ...ca.chain]) : { status: 405 };
    }
    if (resource === 'csrattrs') return request.method === 'GET' ? { status: 204 } : { status: 405 };
    if (resource !== 'simpleenroll' && resource !== 'simplereenroll') return { status: 404 };
    if (request.method !== 'POST') return { status: 405 };
    if (!this.#isLoggedIn(request)) {
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="estrealm"', 'content-type': 'text/html' } };
    }
    if (request.headers['content-type'] !== 'application/pkcs10') return refusal('The content type is wrong.');
    return await this.#enroll(resource, request, body);
  }

  #isLoggedIn({ headers, socket }: IncomingMessage): boolean {
    const { login, clientCa } = this.#settings;
    if (clientCa !== undefined && (socket as TLSSocket).authorized) return true;
    if (login === undefined) return clientCa === undefined;
    const expected = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    return headers.authorization === `Basic ${expected}`;
  }

  async #enroll(resource: string, { socket }: IncomingMessage, body: Buffer): Promise<Answer> {
    let facts: RequestFacts;
    try {
      facts = readRequest(fromBase64(body.toString('latin1')));
    } catch (fault) {
      return refusal(fault instanceof Error ? fault.message : String(fault));
    }
    const { ca, acceptUnsigned = false, remembers = false, pends = () => false } = this.#settings;
    if (!facts.signed && !acceptUnsigned) return refusal('The request proves no possession of its key.');
    if (resource === 'simplereenroll') {
      if (!(socket as TLSSocket).authorized) return { status: 401 };
      if (!ca.certified.some(({ name }) => name === facts.name)) return refusal('There is nothing to renew.');
    }
    const id = createHash('sha256').update(body).digest('hex');
    const known = this.#issued.get(id);
    if (known !== undefined && remembers) return pkcs7([known]);
    const { mode } = this;
    if (mode === 'deny') return refusal('The policy of the authority does not allow it.');
    const key = createHash('sha256').update(facts.spki).digest('hex');
    if (mode === 'pendThenIssue' || mode === 'pendThenDeny' || pends(key)) {
      if (!this.#pending.delete(id)) {
        this.#pending.add(id);
        return { status: 202, headers: { 'retry-after': '0' } };
      }
      if (mode === 'pendThenDeny') return refusal('The operator of the authority said no.');
    }
    if (mode === 'slow') await delay(slowMs);
    const certificate = await ca.certify(
      facts,
      flaws.find((flaw) => flaw === mode),
    );
    this.#issued.set(id, certificate);
    return pkcs7([certificate]);
  }
}

/** In lines of 64 characters, as OpenSSL writes it. */
function pkcs7(certificates: readonly Uint8Array[]): Answer {
  const text = Buffer.from(certsOnly(certificates))
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return {
    status: 200,
    headers: { 'content-type': 'application/pkcs7-mime; smime-type=certs-only', 'content-transfer-encoding': 'base64' },
    body: text,
  };
}

function refusal(words: string): Answer {
  return { status: 400, headers: { 'content-type': 'text/plain' }, body: `${words}\n` };
}

function fromBase64(text: string): Uint8Array {
  const packed = text.replace(/\s+/g, '');
  const bytes = Buffer.from(packed, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== packed) throw new Error('It is no base64.');
  return new Uint8Array(bytes);
}
