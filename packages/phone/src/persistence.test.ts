import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, type KeyPair } from '@opencapf/pki';
import { authRequest, Curve, endSession, keyGenerateRequest, storeCertificateRequest } from '@opencapf/protocol';
import { systemClock } from './clock.js';
import { enrollPersistently, type Persistence } from './persistence.js';
import { createPhoneTls } from './phone-tls.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';
import { type FakePeer, startFakeCapf } from './testing/fake-capf.js';

const capf = await capfIdentity();
const tls = createPhoneTls({ trust: capf.trust });
const name = 'SEP001122334455';
const host = '127.0.0.1';
const sessionId = 0x0a0b0c0d;
const atOnce: Persistence = { times: 3, pauseMs: 0 };

async function askForKey(peer: FakePeer): Promise<Buffer> {
  await peer.say(authRequest(sessionId));
  await peer.expect('AuthResponse');
  await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
  await peer.expect('RequestInProgress');
  const { publicKey } = await peer.expect('KeyGenerateResponse');
  assert.ok(publicKey);
  return publicKey;
}

async function storeAtOnce(peer: FakePeer, spki: Uint8Array): Promise<number> {
  await peer.say(authRequest(sessionId));
  await peer.expect('AuthResponse');
  await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki })));
  const { reason = -1 } = await peer.expect('StoreCertificateResponse');
  await peer.sayLast(endSession(sessionId, reason));
  return reason;
}

/** A server that hears the phone once with each of these, one after the other. */
async function visits(...scripts: readonly ((peer: FakePeer) => Promise<unknown>)[]) {
  let next = 0;
  return await startFakeCapf(capf, async (peer) => void (await scripts[next++]?.(peer)), {}, scripts.length);
}

test('a phone that was hung up on comes again and takes the certificate for the key that it made', async () => {
  let publicKey: Buffer = Buffer.alloc(0);
  const server = await visits(
    async (peer) => {
      publicKey = await askForKey(peer);
    },
    (peer) => storeAtOnce(peer, publicKey),
  );
  const kept: (KeyPair | undefined)[] = [];
  const told: string[] = [];
  const came = await enrollPersistently(
    { host, port: server.port, name, tls, keepKey: async (key) => void kept.push(key) },
    {},
    atOnce,
    ({ outcome, identity }, count) => {
      told.push(`${outcome.kind} ${count} ${identity.requestedKey !== undefined}`);
    },
  );
  await server.finished();
  const { outcome, identity } = came.enrollment;
  assert.ok(outcome.kind === 'installed');
  assert.deepEqual(Buffer.from(outcome.lsc.key.spki), publicKey);
  assert.equal(identity.requestedKey, undefined);
  assert.deepEqual(told, ['connectionFault 1 true']);
  assert.equal(came.visits.length, 2);
  assert.equal(came.brokenOff, false);
  assert.deepEqual(kept, [outcome.lsc.key]);
});

test('a phone that is asked for a new key forgets the one before', async () => {
  const shown: Buffer[] = [];
  const ask = async (peer: FakePeer) => {
    shown.push(await askForKey(peer));
  };
  const server = await visits(ask, ask, async (peer) => {
    const [first = Buffer.alloc(0)] = shown;
    assert.equal(await storeAtOnce(peer, first), 7);
  });
  const { enrollment } = await enrollPersistently({ host, port: server.port, name, tls }, {}, atOnce);
  await server.finished();
  assert.ok(enrollment.outcome.kind === 'storeRejected');
  assert.equal(enrollment.outcome.fault.code, 'lsc-key-mismatch');
  assert.notDeepEqual(shown[0], shown[1]);
  assert.deepEqual(Buffer.from(enrollment.identity.requestedKey?.spki ?? []), shown[1]);
});

test('a key of an earlier visit outlives a session with nothing to do, not one that asked for it and ended in order', async () => {
  const requestedKey = await generateKeyPair({ kind: 'ec', size: 256 });
  const idle = async (peer: FakePeer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.sayLast(endSession(sessionId, 0));
  };
  const first = await visits(idle);
  const options = { host, name, tls, identity: { requestedKey } };
  const kept = await enrollPersistently({ ...options, port: first.port }, {}, atOnce);
  await first.finished();
  assert.equal(kept.enrollment.identity.requestedKey, requestedKey);

  const second = await visits(async (peer) => {
    await askForKey(peer);
    await peer.sayLast(endSession(sessionId, 7));
  });
  const keys: (KeyPair | undefined)[] = [];
  const forgotten = await enrollPersistently(
    { ...options, port: second.port, keepKey: async (key) => void keys.push(key) },
    {},
    atOnce,
  );
  await second.finished();
  assert.equal(forgotten.enrollment.identity.requestedKey, undefined);
  assert.deepEqual(
    keys.map((key) => key !== undefined),
    [true, false],
  );
});

test('a key that cannot be written down is not shown', async () => {
  const cause = new Error('disk full');
  const server = await visits(async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
    await peer.expect('RequestInProgress');
    const { publicKey, reason } = await peer.expect('KeyGenerateResponse');
    assert.deepEqual([publicKey, reason], [undefined, 7]);
    await peer.sayLast(endSession(sessionId, 7));
  });
  const keepKey = () => Promise.reject(cause);
  const { enrollment } = await enrollPersistently({ host, port: server.port, name, tls, keepKey }, {}, atOnce);
  await server.finished();
  assert.deepEqual(enrollment.outcome, { kind: 'notKept', cause });
});

test('a phone gives up after so many times, and counts them', async () => {
  const hangUp = async (peer: FakePeer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
  };
  const server = await visits(hangUp, hangUp, hangUp, hangUp);
  const came = await enrollPersistently({ host, port: server.port, name, tls }, {}, atOnce);
  await server.finished();
  assert.equal(came.visits.length, 4);
  assert.ok(came.enrollment.outcome.kind === 'connectionFault');
  assert.equal(came.enrollment.outcome.fault.code, 'capf-connection-lost');
});

test('a server that was never reached is not tried again, and one that ended the session is not either', async () => {
  const server = await visits(async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.sayLast(endSession(sessionId, 9));
  });
  const ended = await enrollPersistently({ host, port: server.port, name, tls }, {}, atOnce);
  await server.finished();
  assert.equal(ended.visits.length, 1);
  const unreached = await enrollPersistently({ host, port: server.port, name, tls }, {}, atOnce);
  assert.equal(unreached.visits.length, 1);
  assert.ok('fault' in unreached.enrollment.outcome);
  assert.equal(unreached.enrollment.outcome.fault.code, 'capf-unreachable');
});

test('a phone that is taken away in the pause does not come again', async () => {
  const server = await visits(async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
  });
  const { signal, away } = { signal: new AbortController(), away: 86_400_000 };
  const came = await enrollPersistently(
    { host, port: server.port, name, tls, signal: signal.signal, clock: systemClock },
    {},
    { times: 3, pauseMs: away },
    () => signal.abort(),
  );
  await server.finished();
  assert.equal(came.brokenOff, true);
  assert.equal(came.visits.length, 1);
});
