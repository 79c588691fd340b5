import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { createCapfCertificate, createSigner, generateKeyPair } from '@opencapf/pki';
import { SecretKey } from '@opencapf/store';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import type { FastifyInstance } from 'fastify';
import { makeLog } from '../log.js';
import { capfIdentity, trusting } from '../testing/capf-identity.js';
import { type AdminLimits, adminLimits } from './admin-connections.js';
import { makeAdminServer } from './admin-listener.js';

const host = '127.0.0.1';
const roomy: AdminLimits = { ...adminLimits(10_000), checkEveryMs: 20 };
const aLongTime = 30_000;
let tls: Awaited<ReturnType<typeof capfIdentity>>;

describe('the admin listener', () => {
  let test: TestDatabase;
  let capfCertificate: Uint8Array;
  before(async () => {
    test = await testDatabase({ maxConnections: 4 });
    tls = await capfIdentity();
    capfCertificate = await createCapfCertificate(createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 })), {});
  });
  after(async () => await test[Symbol.asyncDispose]());

  async function opened(limits: Partial<AdminLimits>): Promise<AsyncDisposable & { readonly port: number }> {
    const services = {
      database: test.database,
      secretKey: new SecretKey(Buffer.alloc(32, 7)),
      givenToken: undefined,
      capfCertificate: () => capfCertificate,
      operationExpiresInDays: 10,
      nullStringExpiresInHours: 24,
      minRsaKeySize: 1024,
      lscValidityDays: 365,
      capfSubject: {},
      version: 'test',
    };
    const { app }: { readonly app: FastifyInstance } = await makeAdminServer(
      tls,
      makeLog('silent'),
      { problems: async () => [], warnings: async () => [] },
      services,
      {
        ...roomy,
        ...limits,
      },
    );
    await app.listen({ host, port: 0 });
    const { port } = app.server.address() as AddressInfo;
    return { port, [Symbol.asyncDispose]: async () => void (await app.close()) };
  }

  it('closes who takes too long for TLS, for the head of a request or for the rest of it', async () => {
    for (const [limits, written] of [
      [{ handshakeMs: 100 }, undefined],
      [{ headersMs: 100 }, ''],
      [{ headersMs: 100 }, 'GET /healthz HTTP/1.1\r\nHost: capf\r\nX-Slow: '],
      [
        { headersMs: 100, requestMs: 200 },
        'PUT /v1/devices/SEP001122334455 HTTP/1.1\r\nHost: capf\r\nContent-Length: 9\r\n\r\n{',
      ],
    ] as const) {
      await using server = await opened(limits);
      const slow = written === undefined ? connect(server.port, host) : await secured(server.port);
      slow.on('error', () => undefined).resume();
      if (written !== undefined) slow.write(written);
      await within(closed(slow), `${JSON.stringify(limits)}, ${written}`);
    }
  });

  it('holds so many connections, of which those make room that have waited longest without a request', async () => {
    await using server = await opened({ connections: 20 });
    const kept = await secured(server.port);
    const strangers: Socket[] = [];
    for (let index = 0; index < 60; index++) {
      const stranger = index % 2 === 0 ? connect(server.port, host) : await secured(server.port);
      stranger.on('error', () => undefined).resume();
      strangers.push(stranger);
      if (index % 2 === 0) await once(stranger, 'connect');
    }
    assert.equal(await health(server.port), 200);
    await within(Promise.all([kept, ...strangers.slice(0, 40)].map(closed)), 'the oldest are closed');
    assert.deepEqual(
      strangers.slice(-10).filter((stranger) => stranger.closed),
      [],
      'the newest stay',
    );
    for (const stranger of strangers) stranger.destroy();
  });

  it('closes who asks for new keys again and again, and offers nobody TLS 1.3 then', async () => {
    await using server = await opened({ tlsBytes: 2_000 });
    const stranger = spawn('openssl', ['s_client', '-connect', `${host}:${server.port}`, '-tls1_3'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    stranger.stdin.on('error', () => undefined);
    // openssl takes a line for a command when it is all that it reads at once.
    const asking = setInterval(() => stranger.stdin.write('K\n'), 2);
    await within(once(stranger, 'exit'), 'closed');
    clearInterval(asking);
    const administrator = await secured(server.port);
    assert.equal(administrator.getProtocol(), 'TLSv1.2');
    administrator.destroy();
    assert.equal(await health(server.port), 200);
  });

  it('lets an administrator who asks again and again keep the connection, whatever strangers hold', async () => {
    await using server = await opened({ connections: 8 });
    const administrator = await secured(server.port);
    const strangers: Socket[] = [];
    for (let round = 0; round < 10; round++) {
      administrator.write('GET /healthz HTTP/1.1\r\nHost: capf\r\n\r\n');
      const [answer] = (await within(once(administrator, 'data'), 'answered')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 200/);
      for (let index = 0; index < 4; index++) {
        const stranger = connect(server.port, host);
        stranger.on('error', () => undefined).resume();
        await once(stranger, 'connect');
        strangers.push(stranger);
      }
    }
    assert.ok(!administrator.closed);
    for (const socket of [administrator, ...strangers]) socket.destroy();
  });
});

async function secured(port: number): Promise<TLSSocket> {
  const socket = connectTls({ host, port, ...trusting(tls) });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

async function health(port: number): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const call = request({ host, port, path: '/healthz', ...trusting(tls), agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.on('error', reject).end();
  });
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

/** What is to come within a time that no machine needs. */
async function within<Value>(promised: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`too late: ${what}`)), aLongTime);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    clearTimeout(timer);
  }
}
