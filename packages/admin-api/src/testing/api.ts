import { randomBytes } from 'node:crypto';
import {
  capfKeyType,
  createCapfCertificate,
  createServerCertificate,
  createSigner,
  exportPkcs8,
  generateKeyPair,
  type Issuer,
  loadIssuer,
} from '@opencapf/pki';
import { createToken, loadOrCreateIdentity, SecretKey } from '@opencapf/store';
import { openSql, type Sql, type TestDatabase, testDatabase } from '@opencapf/store/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { mountAdminApi } from '../admin-api.js';
import { adminServerOptions } from '../server-options.js';
import type { AdminApiServices } from '../services.js';

/** What a call gave. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed when it is JSON, else the text. */
  readonly body: Body;
  readonly bytes: Buffer;
}

/** JSON, as a test looks into it. */
export type Body = Readonly<Record<string, unknown>>;

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is. */
  readonly payload?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: an administrator's; null for none. */
  readonly token?: string | null;
}

/** The admin API on a database of its own. */
export class TestApi implements AsyncDisposable {
  #devices = 0;

  private constructor(
    readonly app: FastifyInstance,
    readonly test: TestDatabase,
    readonly sql: Sql,
    readonly issuer: Issuer,
    readonly secretKey: SecretKey,
    readonly token: string,
    /** Every route that was mounted, as `METHOD url` in Fastify's form. */
    readonly routes: readonly string[],
  ) {}

  static readonly now = new Date('2026-11-20T18:00:00Z');

  /** @param services - beside, or instead of, what every test has */
  static async start(services: Partial<AdminApiServices> = {}): Promise<TestApi> {
    const test = await testDatabase({ maxConnections: 8 });
    const secretKey = new SecretKey(randomBytes(32));
    const key = await generateKeyPair(capfKeyType);
    const certificate = await createCapfCertificate(createSigner(key), {}, TestApi.now);
    await loadOrCreateIdentity(test.database, secretKey, async () => ({
      certificate,
      publicKey: key.spki,
      privateKey: exportPkcs8(key.privateKey),
      algorithm: 'RSA 2048',
    }));
    const app = Fastify({ ...adminServerOptions }) as unknown as FastifyInstance;
    const routes: string[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`);
    });
    await mountAdminApi(app, {
      database: test.database,
      secretKey,
      givenToken: undefined,
      capfCertificate: () => certificate,
      operationExpiresInDays: 10,
      nullStringExpiresInHours: 24,
      minRsaKeySize: 1024,
      lscValidityDays: 365,
      capfSubject: {},
      phoneFiles: { layout: 'usecallmanager', hash: 'sha1' },
      version: '0.0.0',
      now: () => TestApi.now,
      ...services,
    });
    await app.ready();
    const { token } = await test.database.transaction(
      async (queries) =>
        await createToken(queries, secretKey, { name: 'tester', role: 'administrator' }, { name: 'test' }),
    );
    const issuer = loadIssuer(certificate, createSigner(key));
    return new TestApi(app, test, await openSql(test), issuer, secretKey, token, routes);
  }

  /** Adds a phone over REST and returns its name, another one each time. */
  async addDevice(): Promise<string> {
    this.#devices += 1;
    const name = `SEP${this.#devices.toString(16).toUpperCase().padStart(12, '0')}`;
    await this.call('PUT', `/v1/devices/${name}`, { body: {} });
    return name;
  }

  async call(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH',
    url: string,
    options: CallOptions = {},
  ): Promise<Answer> {
    const { body, payload, headers = {}, token = this.token } = options;
    const response = await this.app.inject({
      method,
      url,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      ...(payload === undefined ? {} : { payload }),
    });
    const json = /json/.test(String(response.headers['content-type']));
    return {
      status: response.statusCode,
      headers: response.headers,
      body: json ? (response.json() as Body) : { text: response.body },
      bytes: response.rawPayload,
    };
  }

  /** Queues by null string and returns the operation's number. */
  async queue(device: string, body: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const answer = await this.call('POST', `/v1/devices/${device}/operations`, {
      body: { operation: 'install', authenticationMode: 'nullString', ...body },
    });
    if (answer.status !== 201) throw new Error(`not queued: ${JSON.stringify(answer.body)}`);
    return Number(answer.body['id']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.sql[Symbol.asyncDispose]();
    await this.test[Symbol.asyncDispose]();
  }
}

/** A certificate with this common name, DER; its key is given away. */
export async function certificateFor(issuer: Issuer, commonName: string, now: Date = TestApi.now): Promise<Uint8Array> {
  const { spki } = await generateKeyPair({ kind: 'ec', size: 256 });
  return await createServerCertificate(issuer, {
    commonName,
    dnsNames: ['phone.example'],
    ipAddresses: [],
    spki,
    validityDays: 100,
    now,
  });
}

/** An issuer that is none of ours. */
export async function foreignIssuer(now: Date = TestApi.now): Promise<Issuer> {
  const signer = createSigner(await generateKeyPair(capfKeyType));
  return loadIssuer(await createCapfCertificate(signer, {}, now), signer);
}
