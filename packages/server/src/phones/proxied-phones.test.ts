import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { addressesWithin } from '@opencapf/enrollment';
import { makeLog } from '../log.js';
import { TlsExcess } from '../sockets/tls-excess.js';
import { capfIdentity, trusting } from '../testing/capf-identity.js';
import { proxyHeader } from '../testing/proxy-header.js';
import { ConnectionBounds } from './connection-bounds.js';
import { HandshakeQueue } from './handshake-queue.js';
import { type Arrival, openPhoneListener, type PhoneListener, type PhoneListenerOptions } from './phone-listener.js';

const host = '127.0.0.1';
const balancer = '127.0.0.2';
const linux = process.platform === 'linux' ? {} : { skip: 'needs several addresses of loopback' };

let identity: Awaited<ReturnType<typeof capfIdentity>>;

interface Opened extends AsyncDisposable {
  readonly listener: PhoneListener;
  readonly arrivals: Arrival[];
}

describe('phones behind a balancer', linux, () => {
  before(async () => {
    identity = await capfIdentity();
  });

  async function open(changes: Partial<PhoneListenerOptions> = {}): Promise<Opened> {
    const arrivals: Arrival[] = [];
    const listener = await openPhoneListener({
      place: { host, port: 0, hostSetting: 'HOST', portSetting: 'PORT' },
      identity,
      minVersion: 'TLSv1.2',
      handshakeTimeoutMs: 5_000,
      ipMode: 'both',
      isProxy: addressesWithin([balancer]),
      bounds: boundsOf(100),
      handshakes: new HandshakeQueue(),
      excess: new TlsExcess(65_536, () => undefined),
      log: makeLog('silent'),
      serve: (socket, arrival) => {
        arrivals.push(arrival);
        socket.on('error', () => undefined).end('hello');
      },
      ...changes,
    });
    return {
      listener,
      arrivals,
      async [Symbol.asyncDispose]() {
        listener.close();
        await listener.destroy();
      },
    };
  }

  /** Connects, says this before TLS, and tells what came of it. */
  async function comes(opened: Opened, from: string, said: readonly Buffer[]): Promise<'greeted' | 'closed'> {
    const socket = connectTcp({ host, port: opened.listener.address.port, localAddress: from, noDelay: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    for (const bytes of said) {
      socket.write(bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return await greetedOn(socket);
  }

  it('count as themselves, by IPv4 and IPv6', async () => {
    await using opened = await open();
    for (const [address, plain] of [
      ['192.0.2.7', '192.0.2.7'],
      ['2001:db8:0:0:0:0:0:7', '2001:db8::7'],
      ['0:0:0:0:0:ffff:c000:207', '192.0.2.7'],
    ] as const) {
      assert.equal(await comes(opened, balancer, [proxyHeader({ address, rest: Buffer.alloc(40) })]), 'greeted');
      assert.deepEqual(opened.arrivals.at(-1)?.from, { address: plain, port: 50_000 });
    }
  });

  it('are understood wherever the header is cut, and when TLS follows in the same segment', async () => {
    await using opened = await open();
    const header = proxyHeader({ rest: Buffer.from([4, 0, 1, 0]) });
    for (let cut = 1; cut < header.length; cut++) {
      assert.equal(await comes(opened, balancer, [header.subarray(0, cut), header.subarray(cut)]), 'greeted');
    }
    const bytes = Array.from(header, (byte) => Buffer.from([byte]));
    assert.equal(await comes(opened, balancer, bytes), 'greeted');
    assert.equal(new Set(opened.arrivals.map(({ from }) => from.address)).size, 1);
    assert.deepEqual(await alertOf(opened, Buffer.concat([header, nonsenseHello])), 'alert');
  });

  it('are told from the balancer itself, which comes as it is', async () => {
    await using opened = await open();
    assert.equal(await comes(opened, balancer, [proxyHeader({ versionAndCommand: 0x20 })]), 'greeted');
    assert.equal(opened.arrivals[0]?.from.address, balancer);
  });

  it('are served when they come past the balancer, but not on their own word', async () => {
    await using opened = await open();
    assert.equal(await comes(opened, host, []), 'greeted');
    assert.equal(opened.arrivals[0]?.from.address, host);
    assert.equal(await comes(opened, host, [proxyHeader()]), 'closed');
    await using off = await open({ isProxy: () => false });
    assert.equal(await comes(off, balancer, [proxyHeader()]), 'closed');
  });

  it('are closed without a header that can be used, and nobody else notices', async () => {
    await using opened = await open();
    for (const said of [
      [],
      [Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 50000 3804\r\n')],
      [proxyHeader({ familyAndTransport: 0 })],
      [proxyHeader({ rest: Buffer.alloc(600) })],
      [proxyHeader(), proxyHeader()],
    ]) {
      assert.equal(await comes(opened, balancer, said), 'closed');
    }
    assert.equal(await comes(opened, balancer, [proxyHeader()]), 'greeted');
    await using hurried = await open({ handshakeTimeoutMs: 50 });
    const stalled = connectTcp({ host, port: hurried.listener.address.port, localAddress: balancer });
    stalled.on('error', () => undefined).resume();
    stalled.write(proxyHeader().subarray(0, 20));
    await once(stalled, 'close');
  });

  it('are served by the kind of address that they have, not that of the balancer', async () => {
    await using opened = await open({ ipMode: 'ipv6' });
    assert.equal(await comes(opened, balancer, [proxyHeader({ address: '2001:db8:0:0:0:0:0:7' })]), 'greeted');
    assert.equal(await comes(opened, balancer, [proxyHeader()]), 'closed');
  });

  it('are bounded by their own address', async () => {
    await using opened = await open({
      bounds: boundsOf(2),
      serve: (socket) => void socket.on('error', () => undefined),
    });
    const held: Socket[] = [];
    for (const address of ['192.0.2.66', '192.0.2.66', '192.0.2.7', '192.0.2.66']) {
      const socket = connectTcp({ host, port: opened.listener.address.port, localAddress: balancer });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(proxyHeader({ address }));
      const secured = connect({ socket, ...trusting(identity) });
      secured.on('error', () => undefined);
      await once(secured, 'secureConnect');
      held.push(socket);
    }
    const [first, ...others] = held;
    assert.ok(first !== undefined);
    if (!first.closed) await once(first, 'close');
    assert.deepEqual(
      others.filter(({ closed }) => closed),
      [],
    );
    for (const socket of others) socket.destroy();
  });
});

const nonsenseHello = Buffer.from(`160301002a010000260303${'00'.repeat(36)}`, 'hex');

/** Whether TLS answers to bytes that hold a header and a ClientHello that no server takes. */
async function alertOf(opened: Opened, bytes: Buffer): Promise<'alert' | 'closed'> {
  const socket = connectTcp({ host, port: opened.listener.address.port, localAddress: balancer });
  socket.on('error', () => undefined);
  socket.write(bytes);
  let first: number | undefined;
  socket.on('data', (chunk: Buffer) => {
    first ??= chunk[0];
  });
  await once(socket, 'close');
  return first === 21 ? 'alert' : 'closed';
}

async function greetedOn(socket: Socket): Promise<'greeted' | 'closed'> {
  const secured = connect({ socket, ...trusting(identity) });
  let heard = '';
  secured
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
  await new Promise((resolve) => secured.once('close', resolve));
  return heard === 'hello' ? 'greeted' : 'closed';
}

/** Bounds for one address of which nobody is exempt. */
function boundsOf(unauthenticatedPerAddress: number): ConnectionBounds {
  return new ConnectionBounds({
    sessions: 100,
    sessionsPerAddress: 100,
    unauthenticated: 100,
    unauthenticatedPerAddress,
    unauthenticatedPerProxy: undefined,
    isShared: () => false,
    pressed: () => false,
  });
}
