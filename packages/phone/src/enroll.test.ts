import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, importSpki, readCertificate } from '@opencapf/pki';
import {
  authRequest,
  CertificateType,
  Curve,
  createMessage,
  deleteCertificateRequest,
  encodeMessage,
  endSession,
  fetchCertificateRequest,
  type KeyGeneration,
  keyGenerateRequest,
  type Message,
  storeCertificateRequest,
} from '@opencapf/protocol';
import { enroll } from './enroll.js';
import type { HeldCertificate, PhoneIdentity } from './identity.js';
import { createPhoneTls } from './phone-tls.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';
import { type FakePeer, startFakeCapf } from './testing/fake-capf.js';

const capf = await capfIdentity();
const tls = createPhoneTls({ trust: capf.trust });
const name = 'SEP001122334455';
const sessionId = 0x0a0b0c0d;

async function held(): Promise<HeldCertificate> {
  const key = await generateKeyPair({ kind: 'ec', size: 256 });
  return { certificate: await issueLsc(capf.issuer, name, key), key };
}

/** An install that the server plays through, with the certificate that `issue` makes. */
function install(
  generation: KeyGeneration,
  issue = (spki: Uint8Array) => issueLsc(capf.issuer, name, { spki }),
  end = 1,
) {
  return async (peer: FakePeer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(keyGenerateRequest(sessionId, generation));
    if (generation.version === 3) await peer.expect('RequestInProgress');
    const { publicKey } = await peer.expect('KeyGenerateResponse');
    assert.ok(publicKey);
    await peer.say(storeCertificateRequest(sessionId, await issue(publicKey)));
    await peer.expect('StoreCertificateResponse');
    await peer.sayLast(endSession(sessionId, end));
    assert.deepEqual(new Set(peer.messagesPerRecord), new Set([1]));
  };
}

const keys: readonly (readonly [KeyGeneration, string, string])[] = [
  [{ version: 3, key: { type: 'rsa', size: 512 } }, 'rsa', '512'],
  [{ version: 3, key: { type: 'rsa', size: 1024 } }, 'rsa', '1024'],
  [{ version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }, 'ec', 'prime256v1'],
  [{ version: 3, key: { type: 'ec', curve: Curve.secp384r1 } }, 'ec', 'secp384r1'],
  [{ version: 3, key: { type: 'ec', curve: Curve.secp521r1 } }, 'ec', 'secp521r1'],
  [{ version: 2, key: { type: 'rsa', size: 1024 } }, 'rsa', '1024'],
];
for (const [generation, kind, detail] of keys) {
  test(`a version-${generation.version} phone makes a key of ${kind} ${detail} and stores the LSC for it`, async () => {
    const server = await startFakeCapf(capf, install(generation));
    const result = await enroll({ host: '127.0.0.1', port: server.port, name, version: generation.version, tls });
    await server.finished();
    assert.equal(result.outcome.kind, 'installed');
    assert.ok(result.outcome.kind === 'installed' && result.identity.lsc === result.outcome.lsc);
    const { certificate, key } = result.outcome.lsc;
    const { spki, commonName } = readCertificate(certificate);
    assert.equal(commonName, name);
    assert.deepEqual(Buffer.from(spki), Buffer.from(key.spki));
    const { asymmetricKeyType, asymmetricKeyDetails } = importSpki(key.spki);
    assert.equal(asymmetricKeyType, kind);
    assert.equal(String(asymmetricKeyDetails?.modulusLength ?? asymmetricKeyDetails?.namedCurve), detail);
    assert.equal(result.sessionId, sessionId);
    assert.equal(result.endReason, 1);
    assert.equal(result.tls?.verified, true);
  });
}

test('the steps of an install stand in their order with rising times', async () => {
  const server = await startFakeCapf(capf, install({ version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
  const { steps } = await enroll({ host: '127.0.0.1', port: server.port, name, tls });
  await server.finished();
  assert.deepEqual(
    steps.map(({ event, command }) => command ?? event),
    [
      'connected',
      'secured',
      'AuthRequest',
      'AuthResponse',
      'KeyGenerateRequest',
      'RequestInProgress',
      'keyRequested',
      'keyMade',
      'KeyGenerateResponse',
      'StoreCertificateRequest',
      'StoreCertificateResponse',
      'EndSession',
    ],
  );
  assert.ok(steps.every(({ at }, index) => at >= (steps[index - 1]?.at ?? 0)));
});

const introductions = [
  { version: 3, authString: '123456', expected: '123456' },
  { version: 3, authString: undefined, expected: '' },
  { version: 2, authString: undefined, expected: undefined },
  { version: 2, authString: '123456', expected: undefined },
] as const;
for (const { version, authString, expected } of introductions) {
  const given = authString === undefined ? 'without' : 'with';
  test(`a version-${version} phone ${given} an authentication string says who it is`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.say(authRequest(sessionId));
      const response = await peer.expect('AuthResponse');
      assert.equal(response.version, version);
      assert.equal(response.deviceName, name);
      assert.equal(response.reason, 1);
      assert.equal(response.password?.toString('latin1'), expected);
      await peer.sayLast(endSession(sessionId, 9));
    });
    const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, version, authString, tls });
    await server.finished();
    assert.equal(outcome.kind, 'unknownDevice');
  });
}

test('a version-2 phone makes an RSA key whatever type it is asked for', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(createMessage('KeyGenerateRequest', sessionId, { keySize: 1024, keyType: 1, curve: 0 }));
    const { publicKey } = await peer.expect('KeyGenerateResponse');
    assert.equal(importSpki(publicKey ?? Buffer.alloc(0)).asymmetricKeyDetails?.modulusLength, 1024);
    await peer.sayLast(endSession(sessionId, 7));
  });
  const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, version: 2, tls });
  await server.finished();
  assert.deepEqual(outcome, { kind: 'refused', stage: 'keyGenerated' });
});

const unmakeable = {
  'RSA 256': { keyType: 0, keySize: 256 },
  'curve 7': { keyType: 1, curve: 7 },
  'type 5': { keyType: 5, keySize: 2048 },
};
for (const [what, request] of Object.entries(unmakeable)) {
  test(`a key that no phone makes (${what}) is answered with reason 7`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.say(authRequest(sessionId));
      await peer.expect('AuthResponse');
      await peer.say(createMessage('KeyGenerateRequest', sessionId, request));
      const response = await peer.expect('KeyGenerateResponse');
      assert.equal(response.reason, 7);
      assert.equal(response.publicKey, undefined);
      await peer.sayLast(endSession(sessionId, 7));
    });
    const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, tls });
    await server.finished();
    assert.deepEqual(outcome, { kind: 'refused', stage: 'keyGenerated' });
  });
}

test('a phone that cannot make an EC key is asked for RSA in the same session', async () => {
  const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
    await peer.expect('RequestInProgress');
    assert.equal((await peer.expect('KeyGenerateResponse')).reason, 7);
    await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'rsa', size: 1024 } }));
    await peer.expect('RequestInProgress');
    const { publicKey = Buffer.alloc(0) } = await peer.expect('KeyGenerateResponse');
    await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki: publicKey })));
    await peer.expect('StoreCertificateResponse');
    await peer.sayLast(endSession(sessionId, 1));
  });
  const { outcome } = await enroll(
    { host: '127.0.0.1', port: server.port, name, tls },
    { makeKey: async ({ kind }) => (kind === 'rsa' ? key : undefined) },
  );
  await server.finished();
  assert.ok(outcome.kind === 'installed' && outcome.lsc.key === key);
});

test('a certificate for another key is refused, and the phone keeps the LSC that it had', async () => {
  const lsc = await held();
  const kept: PhoneIdentity[] = [];
  const other = await generateKeyPair({ kind: 'ec', size: 256 });
  const script = install({ version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }, () =>
    issueLsc(capf.issuer, name, other),
  );
  const server = await startFakeCapf(capf, script);
  const { outcome, identity, endReason } = await enroll({
    host: '127.0.0.1',
    port: server.port,
    name,
    tls,
    identity: { lsc },
    keep: async (changed) => {
      kept.push(changed);
    },
  });
  await server.finished();
  assert.ok(outcome.kind === 'storeRejected');
  assert.equal(outcome.fault.code, 'lsc-key-mismatch');
  assert.equal(endReason, 1);
  assert.equal(identity.lsc, lsc);
  assert.deepEqual(kept, []);
});

test('what cannot be written down is answered as not stored', async () => {
  const cause = new Error('disk full');
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
    await peer.expect('RequestInProgress');
    const { publicKey = Buffer.alloc(0) } = await peer.expect('KeyGenerateResponse');
    await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki: publicKey })));
    assert.equal((await peer.expect('StoreCertificateResponse')).reason, 7);
    await peer.sayLast(endSession(sessionId, 7));
  });
  const { outcome, identity } = await enroll({
    host: '127.0.0.1',
    port: server.port,
    name,
    tls,
    keep: () => Promise.reject(cause),
  });
  await server.finished();
  assert.deepEqual(outcome, { kind: 'notKept', cause });
  assert.equal(identity.lsc, undefined);
});

test('the LSC is written down before the phone says that it stored it', async () => {
  const course: string[] = [];
  const server = await startFakeCapf(capf, install({ version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
  const { outcome } = await enroll(
    {
      host: '127.0.0.1',
      port: server.port,
      name,
      tls,
      keep: async ({ lsc }) => {
        course.push(`kept ${lsc !== undefined}`);
      },
    },
    {
      observe: (observation) => {
        if (observation.kind === 'sent') course.push(observation.message.command);
      },
    },
  );
  await server.finished();
  assert.equal(outcome.kind, 'installed');
  assert.deepEqual(course.slice(-2), ['kept true', 'StoreCertificateResponse']);
});

for (const hadLsc of [true, false]) {
  test(`a delete on a phone ${hadLsc ? 'with' : 'without'} an LSC`, async () => {
    const lsc = hadLsc ? await held() : undefined;
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.say(authRequest(sessionId));
      await peer.expect('AuthResponse');
      await peer.say(deleteCertificateRequest(sessionId));
      assert.equal((await peer.expect('DeleteCertificateResponse')).reason, hadLsc ? 1 : 7);
      await peer.sayLast(endSession(sessionId, 1));
    });
    const result = await enroll({ host: '127.0.0.1', port: server.port, name, tls, identity: { lsc } });
    await server.finished();
    assert.deepEqual(result.outcome, { kind: 'deleted', hadLsc });
    assert.equal(result.identity.lsc, undefined);
  });
}

test('a phone shows its LSC when asked without a type, and its MIC when asked for it', async () => {
  const [lsc, mic] = [await held(), await held()];
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(fetchCertificateRequest(sessionId));
    const first = await peer.expect('FetchCertificateResponse');
    assert.equal(first.reason, 1);
    assert.deepEqual(first.certificate?.der, Buffer.from(lsc.certificate));
    await peer.say(fetchCertificateRequest(sessionId, CertificateType.MIC));
    const second = await peer.expect('FetchCertificateResponse');
    assert.deepEqual(second.certificate?.der, Buffer.from(mic.certificate));
    await peer.sayLast(endSession(sessionId, 0));
  });
  const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, tls, identity: { lsc, mic } });
  await server.finished();
  assert.deepEqual(outcome, {
    kind: 'fetched',
    shown: [
      { type: 'lsc', certificate: lsc.certificate },
      { type: 'mic', certificate: mic.certificate },
    ],
  });
});

test('a phone without an LSC says so when it is asked for one', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(fetchCertificateRequest(sessionId));
    const response = await peer.expect('FetchCertificateResponse');
    assert.equal(response.reason, 7);
    assert.equal(response.certificate, undefined);
    await peer.sayLast(endSession(sessionId, 0));
  });
  const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, tls });
  await server.finished();
  assert.deepEqual(outcome, { kind: 'nothingFetched', shown: [{ type: 'lsc', certificate: undefined }] });
});

const endings = [
  { version: 3, reason: 0, outcome: { kind: 'nothingPending' } },
  { version: 2, reason: 7, outcome: { kind: 'nothingPending' } },
  { version: 3, reason: 7, outcome: { kind: 'refused', stage: 'authenticated' } },
  { version: 3, reason: 9, outcome: { kind: 'unknownDevice' } },
  { version: 3, reason: 42, outcome: { kind: 'ended', by: 'EndSession', reason: 42, stage: 'authenticated' } },
] as const;
for (const { version, reason, outcome } of endings) {
  test(`END_SESSION ${reason} after the answer of a version-${version} phone is ${outcome.kind}`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.say(authRequest(sessionId));
      await peer.expect('AuthResponse');
      await peer.sayLast(endSession(sessionId, reason));
    });
    const result = await enroll({ host: '127.0.0.1', port: server.port, name, version, tls });
    await server.finished();
    assert.deepEqual(result.outcome, outcome);
    assert.equal(result.endReason, reason);
  });
}

test('RETRY_LATER is told apart from END_SESSION', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.sayLast(createMessage('RetryLater', sessionId, {}));
  });
  const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, tls });
  await server.finished();
  assert.deepEqual(outcome, { kind: 'ended', by: 'RetryLater', reason: undefined, stage: 'authenticated' });
});

test('messages that come byte by byte are understood', async () => {
  const lsc = await held();
  const server = await startFakeCapf(capf, async (peer) => {
    const piecemeal = async (message: Message) => {
      for (const byte of encodeMessage(message)) await peer.sayBytes(Uint8Array.of(byte));
    };
    await piecemeal(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await piecemeal(fetchCertificateRequest(sessionId));
    await peer.expect('FetchCertificateResponse');
    await piecemeal(endSession(sessionId, 0));
  });
  const { outcome } = await enroll({ host: '127.0.0.1', port: server.port, name, tls, identity: { lsc } });
  await server.finished();
  assert.equal(outcome.kind, 'fetched');
});

test('a name that the wire cannot carry is refused before the phone connects', async () => {
  await assert.rejects(enroll({ host: '127.0.0.1', port: 1, name: '' }), { code: 'wire-value-out-of-range' });
  await assert.rejects(enroll({ host: '127.0.0.1', port: 1, name, authString: '12\u000034' }), {
    code: 'wire-value-out-of-range',
  });
});

test('a phone without an LSC shows its MIC to whoever asks for no type, where it is told to', async () => {
  const mic = await held();
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(fetchCertificateRequest(sessionId));
    const { certificate } = await peer.expect('FetchCertificateResponse');
    assert.deepEqual(certificate?.der, Buffer.from(mic.certificate));
    await peer.sayLast(endSession(sessionId, 0));
  });
  const visit = { host: '127.0.0.1', port: server.port, name, tls, identity: { mic }, showsMic: true };
  const { outcome } = await enroll(visit);
  await server.finished();
  assert.deepEqual(outcome, { kind: 'fetched', shown: [{ type: 'mic', certificate: mic.certificate }] });
});
