import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  createCapfCertificate,
  createServerCertificate,
  createSigner,
  exportPkcs8Pem,
  generateKeyPair,
  type Issuer,
  loadIssuer,
  toPem,
} from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { LocalAuthority } from '../local-authority.js';
import { type HttpClientSettings, openHttpClient } from './index.js';

const never = new AbortController().signal;

interface Identity {
  readonly cert: string;
  readonly key: string;
}

async function makeIssuer(): Promise<{ readonly issuer: Issuer; readonly anchor: string }> {
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const certificate = await createCapfCertificate(signer, { organization: 'Site' });
  return { issuer: loadIssuer(certificate, signer), anchor: toPem('CERTIFICATE', certificate) };
}

async function makeIdentity(issuer: Issuer, ipAddress: string): Promise<Identity> {
  const pair = await generateKeyPair({ kind: 'ec', size: 256 });
  const names = { commonName: 'ca', dnsNames: [], ipAddresses: [ipAddress] };
  const certificate = await createServerCertificate(issuer, { ...names, spki: pair.spki, validityDays: 1 });
  return { cert: toPem('CERTIFICATE', certificate), key: exportPkcs8Pem(pair.privateKey) };
}

async function makeClientIdentity(
  issuer: Issuer,
  deviceName: string,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const expectedKey = { kind: 'ec', size: 256 } as const;
  const { spki, privateKey } = await generateKeyPair(expectedKey);
  const authority = new LocalAuthority(issuer, {});
  const { certificate } = await authority.issue(
    await authority.prepare({ deviceName, spki, expectedKey, now: new Date() }),
  );
  return { certificate: toPem('CERTIFICATE', certificate), key: exportPkcs8Pem(privateKey) };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** OpenSSL's own server, which insists on certificates of clients and says so in TLS, as Node's does not. */
async function strictServer(
  { cert, key }: Identity,
  anchor: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-tls-'));
  const files = { cert, key, CAfile: anchor };
  for (const [name, pem] of Object.entries(files)) await writeFile(join(directory, name), pem);
  const child = spawn(
    'openssl',
    [
      ...['s_server', '-accept', '127.0.0.1:0', '-www', '-Verify', '1', '-verify_return_error'],
      ...Object.keys(files).flatMap((name) => [`-${name}`, join(directory, name)]),
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  for await (const line of createInterface(child.stdout)) {
    const port = /^ACCEPT 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    return {
      url: `https://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: async () => {
        child.kill();
        await once(child, 'exit');
        await rm(directory, { recursive: true });
      },
    };
  }
  throw new Error('openssl s_server did not start.');
}

async function failureOf(promise: Promise<unknown>): Promise<AuthorityError> {
  try {
    await promise;
  } catch (fault) {
    assert.ok(fault instanceof AuthorityError, String(fault));
    return fault;
  }
  throw new Error('It did not fail.');
}

describe('the HTTPS client of authorities', () => {
  let site: Awaited<ReturnType<typeof makeIssuer>>;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const servers: Server[] = [];

  const serve = async (identity: Identity, options: object = {}): Promise<string> => {
    const server = createServer({ ...identity, ...options }, (request, response) => {
      request.resume().on('end', () => answer(request, response));
    });
    server.on('tlsClientError', () => undefined);
    servers.push(server);
    return `https://127.0.0.1:${await listen(server)}`;
  };
  const open = (settings: Partial<HttpClientSettings> = {}) =>
    openHttpClient({ url, trustAnchors: site.anchor, timeoutMs: 10_000, ...settings });
  const post = { method: 'POST', path: '/enroll', body: 'x' } as const;
  const get = { method: 'GET', path: '/cacerts' } as const;

  before(async () => {
    site = await makeIssuer();
    url = await serve(await makeIdentity(site.issuer, '127.0.0.1'));
  });
  after(() => {
    for (const server of servers) server.close();
  });

  it('passes on answers of any status, with what they carry', async () => {
    answer = ({ method, url: path }, response) => {
      response.writeHead(418, { 'x-said': `${method} ${path}` }).end('short and stout');
    };
    const { status, headers, body } = await open().request(post, never);
    assert.deepEqual([status, headers['x-said'], body.toString()], [418, 'POST /enroll', 'short and stout']);
  });

  it('believes nobody but those whom the trust anchor vouches for, under the name in the URL', async () => {
    answer = () => assert.fail('nothing may be asked');
    const stranger = await failureOf(open({ trustAnchors: (await makeIssuer()).anchor }).request(post, never));
    assert.deepEqual([stranger.code, stranger.consequence], ['authority-certificate-untrusted', 'retry']);
    assert.match(stranger.message, /not vouched for/);
    const elsewhere = await serve(await makeIdentity(site.issuer, '192.0.2.1'));
    const misnamed = await failureOf(open({ url: elsewhere }).request(post, never));
    assert.deepEqual([misnamed.code, misnamed.consequence], ['authority-certificate-untrusted', 'retry']);
    assert.match(misnamed.message, /another host/);
  });

  it('says that nothing was taken when there was nobody to take it', async () => {
    const silent = createTcpServer((socket) => socket.destroy());
    servers.push(silent);
    const port = await listen(silent);
    const broken = await failureOf(open({ url: `https://127.0.0.1:${port}` }).request(post, never));
    assert.deepEqual([broken.code, broken.consequence], ['authority-unreachable', 'retry']);
    silent.close();
    await once(silent, 'close');
    const refused = await failureOf(open({ url: `https://127.0.0.1:${port}` }).request(post, never));
    assert.deepEqual([refused.code, refused.consequence], ['authority-unreachable', 'retry']);
    assert.match(refused.message, /refuses connections/);
    const unknown = await failureOf(open({ url: 'https://ca.invalid' }).request(post, never));
    assert.deepEqual([unknown.code, unknown.consequence], ['authority-unreachable', 'retry']);
    assert.match(unknown.message, /ca\.invalid:443 cannot be resolved/);
    const plain = createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    servers.push(plain);
    const noTls = await failureOf(open({ url: `https://127.0.0.1:${await listen(plain)}` }).request(post, never));
    assert.deepEqual([noTls.code, noTls.consequence], ['authority-unreachable', 'retry']);
    assert.match(noTls.message, /does not speak TLS/);
  });

  it('says that a request may have been taken when its answer is lost', async () => {
    answer = ({ socket }) => void socket.destroy();
    const lost = await failureOf(open().request(post, never));
    assert.deepEqual([lost.code, lost.consequence], ['authority-answer-lost', 'reconcile']);
    assert.equal((await failureOf(open().request(get, never))).consequence, 'retry', 'a GET asks for nothing');
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    };
    const half = await failureOf(open().request(post, never));
    assert.deepEqual([half.code, half.consequence], ['authority-answer-lost', 'reconcile']);
  });

  it('gives up what takes too long, or is called off', async () => {
    answer = () => undefined;
    const late = await failureOf(open({ timeoutMs: 500 }).request(post, never));
    assert.deepEqual([late.code, late.consequence], ['authority-timeout', 'reconcile']);
    const mute = createTcpServer();
    servers.push(mute);
    const noTls = await failureOf(
      open({ url: `https://127.0.0.1:${await listen(mute)}`, timeoutMs: 100 }).request(post, never),
    );
    assert.deepEqual([noTls.code, noTls.consequence], ['authority-unreachable', 'retry']);
    const client = open();
    const arrived = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const closed = failureOf(client.request(post, never));
    await arrived;
    await client.close();
    assert.deepEqual([(await closed).code, (await closed).consequence], ['authority-closed', 'reconcile']);
    const early = await failureOf(client.request(post, never));
    assert.deepEqual([early.code, early.consequence], ['authority-closed', 'retry']);
  });

  it('reads no more of an answer than answers have', async () => {
    let written = 0;
    answer = (_, response) => {
      const chunk = Buffer.alloc(65_536, 0x20);
      const more = (): void => {
        while (!response.destroyed && written < 50_000_000) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    };
    const endless = await failureOf(open().request(post, never));
    assert.deepEqual([endless.code, endless.consequence], ['authority-answer-too-large', 'reconcile']);
    assert.ok(written < 20_000_000, `${written} bytes were sent`);
    answer = (_, response) => void response.writeHead(200, { 'content-length': '50000000' }).flushHeaders();
    assert.equal((await failureOf(open().request(post, never))).code, 'authority-answer-too-large');
  });

  it('shows its client certificate, and knows when it is not accepted', async () => {
    answer = ({ socket }, response) => void response.end((socket as TLSSocket).getPeerCertificate().subject.CN);
    const asking = await serve(await makeIdentity(site.issuer, '127.0.0.1'), { requestCert: true, ca: site.anchor });
    const shown = await makeClientIdentity(site.issuer, 'SEP001122334455');
    const { body } = await open({ url: asking, clientCertificate: shown }).request(post, never);
    assert.equal(body.toString(), 'SEP001122334455');

    await using strict = await strictServer(await makeIdentity(site.issuer, '127.0.0.1'), site.anchor);
    // It takes certificates of clients only, and this one is a server's.
    const { cert: certificate, key } = await makeIdentity(site.issuer, '127.0.0.2');
    const clientCertificate = { certificate, key };
    for (const settings of [{ clientCertificate }, {}]) {
      const refused = await failureOf(open({ url: strict.url, ...settings }).request(post, never));
      assert.deepEqual([refused.code, refused.consequence], ['authority-login-refused', 'retry']);
      assert.match(refused.message, /client certificate/);
    }
  });

  it('keeps a connection that is to be kept, and never makes it anew', async () => {
    const ports = new Set<number | undefined>();
    answer = ({ socket }, response) => {
      ports.add(socket.remotePort);
      response.end('ok');
    };
    const client = open();
    const connection = client.connect();
    await connection.request(post, never);
    await connection.request(post, never);
    assert.equal(ports.size, 1);
    answer = (_, response) => void response.setHeader('connection', 'close').end('bye');
    await connection.request(post, never);
    const ended = await failureOf(connection.request(post, never));
    assert.deepEqual([ended.code, ended.consequence], ['authority-unreachable', 'retry']);
    await connection.close();
    await client.close();
  });

  it('is opened with settings only that it can use', () => {
    for (const settings of [
      { url: 'http://127.0.0.1/' },
      { url: 'ca.example.com' },
      { trustAnchors: undefined },
      { trustAnchors: 'no certificate' },
      { clientCertificate: { certificate: site.anchor, key: 'no key' } },
    ]) {
      assert.throws(() => open(settings), { code: 'authority-setting-invalid' }, JSON.stringify(settings));
    }
    openHttpClient({ url: 'http://127.0.0.1/', plainHttp: true, timeoutMs: 1_000 });
  });
});
