import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { type ConnectionOptions, connect, type SecureVersion } from 'node:tls';
import { makeLog } from '../log.js';
import { TlsExcess } from '../sockets/tls-excess.js';
import { capfIdentity, trusting } from '../testing/capf-identity.js';
import { ConnectionBounds } from './connection-bounds.js';
import { HandshakeQueue } from './handshake-queue.js';
import { openPhoneListener, type PhoneListener, type PhoneListenerOptions } from './phone-listener.js';

const host = '127.0.0.1';
const greeting = 'hello';

interface Opened {
  readonly port: number;
  readonly listener: PhoneListener;
}

const unbounded = {
  sessions: Number.POSITIVE_INFINITY,
  sessionsPerAddress: Number.POSITIVE_INFINITY,
  unauthenticated: Number.POSITIVE_INFINITY,
  unauthenticatedPerAddress: Number.POSITIVE_INFINITY,
  unauthenticatedPerProxy: undefined,
  isShared: () => true,
  pressed: () => false,
};

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
const ipv6 = hasIpv6 ? {} : { skip: 'loopback has no IPv6 address' };

let identity: { readonly cert: string; readonly key: string };

const handshakeTimeoutMs = 15_000;

async function open(minVersion: SecureVersion, changes: Partial<PhoneListenerOptions> = {}): Promise<Opened> {
  const listener = await openPhoneListener({
    place: { host, port: 0, hostSetting: 'HOST', portSetting: 'PORT' },
    identity,
    minVersion,
    handshakeTimeoutMs,
    ipMode: 'both',
    isProxy: () => false,
    bounds: new ConnectionBounds(unbounded),
    handshakes: new HandshakeQueue(),
    excess: new TlsExcess(65_536, () => undefined),
    log: makeLog('silent'),
    serve: (socket) => {
      socket.on('error', () => undefined);
      socket.end(greeting);
    },
    ...changes,
  });
  return { port: listener.address.port, listener };
}

async function close({ listener }: Opened): Promise<void> {
  listener.close();
  await listener.destroy();
}

/** What a client heard, and by which suite; rejects when the handshake fails. */
async function greeted(port: number, options: ConnectionOptions): Promise<{ heard: string; cipher: string }> {
  const socket = connect({ host, port, ...trusting(identity), ...options });
  await once(socket, 'secureConnect');
  const cipher = socket.getCipher().name;
  let heard = '';
  for await (const chunk of socket) heard += String(chunk);
  return { heard, cipher };
}

const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'AES128-SHA:@SECLEVEL=0' };

/** The suite that openssl's own client came to when it offered one alone. */
async function offeredAlone(port: number, version: 'tls1_2' | 'tls1_3', suite: string): Promise<string> {
  const list = version === 'tls1_3' ? '-ciphersuites' : '-cipher';
  return await new Promise((resolve) => {
    const child = execFile(
      'openssl',
      ['s_client', '-connect', `${host}:${port}`, `-${version}`, list, suite, '-brief'],
      { timeout: 10_000 },
      // Its exit status tells how the connection was closed, which is not what is asked here.
      (_fault, _out, err) => resolve(/Ciphersuite: (\S+)/.exec(err)?.[1] ?? err),
    );
    child.stdin?.end();
  });
}

before(async () => {
  identity = await capfIdentity();
});

describe("the phones' listener", () => {
  let strict: Opened;
  before(async () => {
    strict = await open('TLSv1.2');
  });
  after(async () => await close(strict));

  for (const suite of [
    'AES256-GCM-SHA384',
    'AES256-SHA256',
    'AES256-SHA',
    'AES128-GCM-SHA256',
    'AES128-SHA256',
    'AES128-SHA',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-RSA-AES256-SHA384',
    'ECDHE-RSA-AES128-SHA',
  ]) {
    it(`takes ${suite} when it is offered alone at TLS 1.2`, async () => {
      assert.equal(await offeredAlone(strict.port, 'tls1_2', suite), suite);
    });
  }

  for (const suite of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']) {
    it(`takes ${suite} when it is offered alone at TLS 1.3`, async () => {
      assert.equal(await offeredAlone(strict.port, 'tls1_3', suite), suite);
    });
  }

  it('refuses TLS 1.0 and 1.1 where it is strict', async () => {
    for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
      await assert.rejects(greeted(strict.port, { ...old, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }));
    }
  });

  it('serves TLS 1.0 with RSA key exchange, and all later versions, where it is to', async () => {
    const legacy = await open('TLSv1');
    try {
      for (const maxVersion of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
        const options = { minVersion: maxVersion, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' };
        assert.equal((await greeted(legacy.port, options)).heard, greeting);
      }
      const { heard, cipher } = await greeted(legacy.port, old);
      assert.equal(heard, greeting);
      assert.equal(cipher, 'AES128-SHA');
    } finally {
      await close(legacy);
    }
  });

  it('puts one message into one record at TLS 1.0 too', async () => {
    const legacy = await open('TLSv1');
    const bytes: Buffer[] = [];
    const tap = createServer((phone) => {
      const onwards = connectTcp(legacy.port, host);
      phone
        .pipe(onwards)
        .on('data', (chunk: Buffer) => bytes.push(chunk))
        .pipe(phone);
    }).listen(0, host);
    await once(tap, 'listening');
    assert.equal((await greeted((tap.address() as AddressInfo).port, old)).heard, greeting);
    tap.close();
    assert.equal(applicationRecords(Buffer.concat(bytes)), 1);
    await close(legacy);
  });

  it('lets nobody wait for those who stay silent, half greet, or send rubbish', async () => {
    const sockets: Socket[] = [];
    for (let index = 0; index < 300; index++) {
      const socket = connectTcp(strict.port, host);
      socket.on('error', () => undefined);
      if (index % 3 === 1) socket.write(Buffer.from('16030100a5010000a10303', 'hex'));
      if (index % 3 === 2) socket.write('GET / HTTP/1.1\r\n\r\n');
      sockets.push(socket);
    }
    const before = performance.now();
    assert.equal((await greeted(strict.port, {})).heard, greeting);
    assert.ok(performance.now() - before < handshakeTimeoutMs, 'none of them had to be given up first');
    for (const socket of sockets) socket.destroy();
  });

  it('does not renegotiate, and serves others meanwhile', async () => {
    const keeping = await open('TLSv1.2', { serve: (socket) => void socket.on('error', () => undefined) });
    const options = { host, port: keeping.port, ...trusting(identity), maxVersion: 'TLSv1.2' } as const;
    const phone = connect(options);
    await once(phone, 'secureConnect');
    const outcome = await new Promise<string>((resolve) => {
      phone.on('error', () => resolve('refused'));
      phone.renegotiate({}, (fault) => resolve(fault === null ? 'renegotiated' : 'refused'));
      phone.resume();
    });
    assert.equal(outcome, 'refused');
    const next = connect(options);
    await once(next, 'secureConnect');
    next.destroy();
    phone.destroy();
    await close(keeping);
  });

  it('closes who asks for new keys again and again, and offers nobody TLS 1.3 then', async () => {
    const keeping = await open('TLSv1.2', {
      excess: new TlsExcess(2_000, () => undefined),
      serve: (socket) => void socket.on('error', () => undefined),
    });
    const options = { host, port: keeping.port, ...trusting(identity) };
    const before = connect(options);
    await once(before, 'secureConnect');
    assert.equal(before.getProtocol(), 'TLSv1.3');
    const stranger = spawn('openssl', ['s_client', '-connect', `${host}:${keeping.port}`, '-tls1_3'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    stranger.stdin.on('error', () => undefined);
    // openssl takes a line for a command when it is all that it reads at once.
    const asking = setInterval(() => stranger.stdin.write('K\n'), 2);
    await once(stranger, 'exit');
    clearInterval(asking);
    const after = connect(options);
    await once(after, 'secureConnect');
    assert.equal(after.getProtocol(), 'TLSv1.2');
    assert.equal(before.closed, false);
    for (const phone of [before, after]) phone.destroy();
    await close(keeping);
  });

  it('serves phones by the kind of address that they come from, IPv4 wrapped in IPv6 as IPv4', ipv6, async () => {
    for (const [ipMode, four, six] of [
      ['both', true, true],
      ['ipv4', true, false],
      ['ipv6', false, true],
    ] as const) {
      for (const place of [undefined, '::'] as const) {
        const opened = await open('TLSv1.2', {
          ipMode,
          place: { host: place, port: 0, hostSetting: 'HOST', portSetting: 'PORT', ipMode },
        });
        const reaches = async (address: string): Promise<boolean> =>
          await greeted(opened.port, { host: address }).then(
            ({ heard }) => heard === greeting,
            () => false,
          );
        assert.equal(await reaches('127.0.0.1'), four, `${ipMode} on ${place} by IPv4`);
        assert.equal(await reaches('::1'), six, `${ipMode} on ${place} by IPv6`);
        await close(opened);
      }
    }
  });

  it('drops the oldest of those that have not authenticated, also when they are through the handshake', async () => {
    const bounded = await open('TLSv1.2', {
      bounds: new ConnectionBounds({ ...unbounded, unauthenticated: 3 }),
      serve: (socket) => void socket.on('error', () => undefined),
    });
    const phones = [];
    for (let index = 0; index < 5; index++) {
      const phone = connect({ host, port: bounded.port, ...trusting(identity) });
      phone.on('error', () => undefined);
      await once(phone, 'secureConnect');
      phones.push(phone);
    }
    const [first, second] = phones;
    assert.ok(first !== undefined && second !== undefined);
    await Promise.all([first, second].map(async (phone) => phone.closed || (await once(phone, 'close'))));
    assert.deepEqual(
      phones.map(({ closed }) => closed),
      [true, true, false, false, false],
    );
    for (const phone of phones) phone.destroy();
    await close(bounded);
  });

  it('drops a connection whose handshake does not come to its end in time', async () => {
    const hurried = await open('TLSv1.2', { handshakeTimeoutMs: 50 });
    const socket = connectTcp(hurried.port, host);
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    await close(hurried);
  });
});

/** How many records of application data stand in a stream of TLS records. */
function applicationRecords(stream: Buffer): number {
  let count = 0;
  for (let offset = 0; offset + 5 <= stream.length; offset += 5 + stream.readUInt16BE(offset + 3)) {
    if (stream[offset] === 23) count++;
  }
  return count;
}
