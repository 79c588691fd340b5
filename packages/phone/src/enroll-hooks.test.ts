import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, type KeyPair } from '@opencapf/pki';
import {
  authRequest,
  type Complete,
  Curve,
  createMessage,
  encodeMessage,
  endSession,
  keyGenerateRequest,
  storeCertificateRequest,
  storeCertificateResponse,
} from '@opencapf/protocol';
import { enroll } from './enroll.js';
import type { Observation } from './hooks.js';
import { createPhoneTls } from './phone-tls.js';
import type { Departure, Stage } from './stage.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';
import { type FakePeer, type FromPhone, startFakeCapf } from './testing/fake-capf.js';
import { manualClock } from './testing/manual-clock.js';

const capf = await capfIdentity();
const tls = createPhoneTls({ trust: capf.trust });
const name = 'SEP001122334455';
const host = '127.0.0.1';
const sessionId = 4711;
const request = keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } });

/** A server that installs, and remembers everything that it heard, also how the phone left. */
function patient(heard: FromPhone[]) {
  return async (peer: FakePeer) => {
    await peer.say(authRequest(sessionId));
    for (;;) {
      const message = await peer.hear();
      heard.push(message);
      if (typeof message === 'string') return;
      switch (message.command) {
        case 'AuthResponse':
          await peer.say(request);
          break;
        case 'KeyGenerateResponse':
          await peer.say(
            storeCertificateRequest(
              sessionId,
              await issueLsc(capf.issuer, name, { spki: message.publicKey ?? Buffer.alloc(0) }),
            ),
          );
          break;
        case 'StoreCertificateResponse':
          await peer.say(endSession(sessionId, message.reason ?? 0));
          break;
      }
    }
  };
}

function names(heard: readonly FromPhone[]): readonly string[] {
  return heard.map((one) => (typeof one === 'string' ? one : one.command));
}

/** What a phone has said when a stage begins. */
const said: readonly (readonly [Stage, readonly string[]])[] = [
  ['opening', []],
  ['awaitingAuthResponse', []],
  ['authenticated', ['AuthResponse']],
  ['awaitingKeyGenerateResponse', ['AuthResponse']],
  ['keyGenerated', ['AuthResponse', 'RequestInProgress', 'KeyGenerateResponse']],
  ['awaitingStoreCertificateResponse', ['AuthResponse', 'RequestInProgress', 'KeyGenerateResponse']],
  ['certificateStored', ['AuthResponse', 'RequestInProgress', 'KeyGenerateResponse', 'StoreCertificateResponse']],
  ['ended', ['AuthResponse', 'RequestInProgress', 'KeyGenerateResponse', 'StoreCertificateResponse']],
];
for (const [stage, before] of said) {
  test(`a phone that leaves at ${stage} has said what came before and nothing else`, async () => {
    const heard: FromPhone[] = [];
    const server = await startFakeCapf(capf, patient(heard));
    const { outcome } = await enroll(
      { host, port: server.port, name, tls },
      { leave: (reached) => (reached === stage ? 'close' : undefined) },
    );
    await server.finished();
    assert.deepEqual(outcome, { kind: 'left', departure: 'close', stage, server: undefined });
    assert.deepEqual(names(heard), [...before, 'closed']);
  });
}

const departures: readonly (readonly [Departure, FromPhone])[] = [
  ['reset', 'reset'],
  ['destroy', 'closed'],
  ['close', 'closed'],
  ['halfClose', 'closed'],
];
for (const [departure, seen] of departures) {
  test(`how the server sees a departure by ${departure}`, async () => {
    const heard: FromPhone[] = [];
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.say(authRequest(sessionId));
      heard.push(await peer.hear());
    });
    const { outcome } = await enroll(
      { host, port: server.port, name, tls },
      { leave: (stage) => (stage === 'awaitingAuthResponse' ? departure : undefined) },
    );
    await server.finished();
    assert.deepEqual(outcome, {
      kind: 'left',
      departure,
      stage: 'awaitingAuthResponse',
      server: departure === 'halfClose' ? 'closed' : undefined,
    });
    assert.deepEqual(names(heard), [seen]);
  });
}

for (const departure of ['reset', 'destroy', 'close', 'halfClose'] as const) {
  test(`a phone that leaves before the handshake by ${departure} is gone`, async () => {
    const server = await startFakeCapf(capf, async () => assert.fail('a handshake'));
    const { outcome } = await enroll(
      { host, port: server.port, name, tls },
      { leave: (stage) => (stage === 'handshaking' ? departure : undefined) },
    );
    await server.finished();
    assert.ok(outcome.kind === 'left' && outcome.stage === 'handshaking');
  });
}

test('a phone that falls silent waits for the server to end the session', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.sayLast(endSession(sessionId, 7));
    assert.equal(await peer.hear(), 'closed');
  });
  const observed: Observation[] = [];
  const { outcome } = await enroll(
    { host, port: server.port, name, tls },
    {
      leave: (stage) => (stage === 'awaitingAuthResponse' ? 'silence' : undefined),
      observe: (observation) => observed.push(observation),
    },
  );
  await server.finished();
  assert.deepEqual(outcome, {
    kind: 'left',
    departure: 'silence',
    stage: 'awaitingAuthResponse',
    server: 'ended',
  });
  assert.deepEqual(
    observed.flatMap((one) => (one.kind === 'received' ? [one.message.command] : [])),
    ['AuthRequest', 'EndSession'],
  );
});

test('a silent phone does not wait for ever', async () => {
  const clock = manualClock();
  const server = await startFakeCapf(capf, async (peer) => {
    assert.equal(await peer.hear(), 'closed');
  });
  const { outcome } = await enroll(
    { host, port: server.port, name, tls, clock },
    {
      leave: (stage) => {
        if (stage !== 'opening') return undefined;
        setImmediate(() => clock.expire());
        return 'silence';
      },
    },
  );
  await server.finished();
  assert.deepEqual(outcome, { kind: 'left', departure: 'silence', stage: 'opening', server: 'timedOut' });
  assert.equal(clock.running, 0);
});

test('a key in the making can be held back, and progress be reported meanwhile', async () => {
  const heard: FromPhone[] = [];
  const server = await startFakeCapf(capf, patient(heard));
  const clock = manualClock();
  const { outcome } = await enroll(
    { host, port: server.port, name, tls, clock },
    {
      makeKey: async (type, reportProgress) => {
        assert.deepEqual(type, { kind: 'ec', size: 256 });
        await reportProgress();
        await reportProgress();
        assert.equal(clock.running, 0, 'a phone that makes its key is in no hurry');
        return generateKeyPair(type);
      },
    },
  );
  await server.finished();
  assert.equal(outcome.kind, 'installed');
  assert.deepEqual(names(heard).slice(0, 5), [
    'AuthResponse',
    'RequestInProgress',
    'RequestInProgress',
    'RequestInProgress',
    'KeyGenerateResponse',
  ]);
});

test('a server that ends the session while the key is being made is heard at once', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(request);
    await peer.expect('RequestInProgress');
    await peer.sayLast(endSession(sessionId, 7));
  });
  let abandon: (fault: Error) => void = () => {};
  const { outcome } = await enroll(
    { host, port: server.port, name, tls },
    {
      makeKey: () =>
        new Promise<KeyPair>((_resolve, reject) => {
          abandon = reject;
        }),
    },
  );
  await server.finished();
  assert.deepEqual(outcome, { kind: 'refused', stage: 'awaitingKeyGenerateResponse' });
  abandon(new Error('nobody waits for this any more'));
});

test('a message can be held back, changed, replaced by raw bytes, or left out', async () => {
  const heard: FromPhone[] = [];
  const server = await startFakeCapf(capf, patient(heard));
  const observed: Observation[] = [];
  const wrong: Readonly<Record<string, (message: Complete) => Promise<Complete | readonly Uint8Array[]>>> = {
    AuthResponse: async (message) => [...encodeMessage(message)].map((byte) => Uint8Array.of(byte)),
    RequestInProgress: async () => [],
    StoreCertificateResponse: async ({ sessionId: id }) => storeCertificateResponse(id, 3),
  };
  const { outcome } = await enroll(
    { host, port: server.port, name, tls },
    {
      send: async (message) => (await wrong[message.command]?.(message)) ?? message,
      observe: (observation) => observed.push(observation),
    },
  );
  await server.finished();
  assert.deepEqual(names(heard), ['AuthResponse', 'KeyGenerateResponse', 'StoreCertificateResponse', 'closed']);
  assert.deepEqual(outcome, { kind: 'ended', by: 'EndSession', reason: 3, stage: 'certificateStored' });
  const written = observed.flatMap((one) => (one.kind === 'sent' ? [one.written.length] : []));
  assert.deepEqual([written[0] !== 1, ...written.slice(1)], [true, 0, 1, 1]);
});

test('rubbish can be sent', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    assert.equal(await peer.hear(), 'reset');
  });
  const { outcome } = await enroll(
    { host, port: server.port, name, tls },
    { send: () => [Buffer.from('GET / HTTP/1.1')] },
  );
  await server.finished();
  assert.ok(outcome.kind === 'connectionFault');
  assert.equal(outcome.fault.code, 'capf-connection-lost');
});

test('a message of a kind that the phone never sends can take the place of another', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AbortRequest');
    await peer.sayLast(endSession(sessionId, 7));
  });
  const { outcome } = await enroll(
    { host, port: server.port, name, tls },
    { send: ({ sessionId: id }) => createMessage('AbortRequest', id, {}) },
  );
  await server.finished();
  assert.equal(outcome.kind, 'refused');
});

test('everything can be watched, with the time', async () => {
  const server = await startFakeCapf(capf, patient([]));
  const observed: Observation[] = [];
  const clock = manualClock(1_000_000);
  await enroll({ host, port: server.port, name, clock }, { observe: (observation) => observed.push(observation) });
  await server.finished();
  assert.deepEqual(observed[0], { kind: 'connected', at: 1_000_000 });
  const [first] = observed.filter((one) => one.kind === 'received');
  assert.ok(first?.kind === 'received' && first.message.command === 'AuthRequest');
  assert.ok(observed.every(({ at }, index) => at > (observed[index - 1]?.at ?? 0)));
});

test('an abort signal takes the phone away, before and during a session', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    assert.equal(await peer.hear(), 'closed');
  });
  const controller = new AbortController();
  const { outcome } = await enroll(
    { host, port: server.port, name, tls, signal: controller.signal },
    { observe: ({ kind }) => kind === 'sent' && setImmediate(() => controller.abort()) },
  );
  await server.finished();
  assert.deepEqual(outcome, { kind: 'left', departure: 'destroy', stage: 'authenticated', server: undefined });
  const again = await enroll({ host, port: server.port, name, tls, signal: controller.signal });
  assert.deepEqual(again.outcome, { kind: 'left', departure: 'destroy', stage: 'connecting', server: undefined });
});

const fault = new Error('a hook broke');
const breaking = {
  makeKey: { makeKey: () => Promise.reject(fault) },
  send: {
    send: () => {
      throw fault;
    },
  },
  leave: {
    leave: () => {
      throw fault;
    },
  },
  'leave, at what is sent': {
    leave: (stage: Stage) => {
      if (stage === 'authenticated') throw fault;
      return undefined;
    },
  },
  observe: {
    observe: () => {
      throw fault;
    },
  },
} as const;
for (const [hook, hooks] of Object.entries(breaking)) {
  test(`what the hook ${hook} throws rejects the call and ends the session`, async () => {
    const server = await startFakeCapf(capf, patient([]));
    await assert.rejects(enroll({ host, port: server.port, name, tls }, hooks), fault);
    await server.finished();
  });
}
