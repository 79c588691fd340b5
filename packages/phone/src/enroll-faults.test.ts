import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { generateKeyPair, readCertificate } from '@opencapf/pki';
import {
  authRequest,
  createMessage,
  deleteCertificateRequest,
  encodeFrame,
  encodeMessage,
  endSession,
} from '@opencapf/protocol';
import { readCapfTrust } from './capf-trust.js';
import { enroll } from './enroll.js';
import { createPhoneTls } from './phone-tls.js';
import type { Stage } from './stage.js';
import { capfIdentity, issuedIdentity, issueLsc } from './testing/certificates.js';
import { type FakePeer, startFakeCapf } from './testing/fake-capf.js';
import { manualClock } from './testing/manual-clock.js';

const [capf, otherCapf] = await Promise.all([capfIdentity(), capfIdentity()]);
const tls = createPhoneTls({ trust: capf.trust });
const name = 'SEP001122334455';
const host = '127.0.0.1';
const sessionId = 77;

const ending = async (peer: FakePeer) => {
  await peer.say(authRequest(sessionId));
  await peer.expect('AuthResponse');
  await peer.sayLast(endSession(sessionId, 0));
};
const unplayed = async () => {};

/** A port on loopback where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

test('a server that refuses the connection', async () => {
  const { outcome, steps, tls: facts } = await enroll({ host, port: await closedPort(), name, tls });
  assert.ok(outcome.kind === 'connectionFault');
  assert.equal(outcome.fault.code, 'capf-unreachable');
  assert.match(outcome.fault.message, /ECONNREFUSED/);
  assert.equal(outcome.stage, 'connecting');
  assert.deepEqual(steps, []);
  assert.equal(facts, undefined);
});

test('a server that closes during the handshake', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const { outcome } = await enroll({ host, port: address.port, name, tls });
  await new Promise((resolve) => server.close(resolve));
  assert.ok(outcome.kind === 'connectionFault');
  assert.equal(outcome.fault.code, 'capf-connection-lost');
  assert.equal(outcome.stage, 'handshaking');
});

const silent: Readonly<Record<string, (peer: FakePeer) => Promise<void>>> = {
  opening: async (peer) => {
    assert.equal(await peer.hear(), 'closed');
  },
  authenticated: async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    assert.equal(await peer.hear(), 'closed');
  },
  certificateDeleted: async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(deleteCertificateRequest(sessionId));
    await peer.expect('DeleteCertificateResponse');
    assert.equal(await peer.hear(), 'closed');
  },
};
for (const [stage, script] of Object.entries(silent)) {
  test(`a server that falls silent: the phone gives up (${stage})`, async () => {
    const clock = manualClock();
    const server = await startFakeCapf(capf, script);
    const { outcome } = await enroll(
      { host, port: server.port, name, tls, clock },
      {
        leave: (reached) => {
          if (reached === stage) setImmediate(() => clock.expire());
          return undefined;
        },
      },
    );
    await server.finished();
    assert.ok(outcome.kind === 'connectionFault');
    assert.equal(outcome.fault.code, 'capf-answer-timed-out');
    assert.equal(outcome.stage, stage);
    assert.equal(clock.running, 0);
  });
}

const lost: readonly (readonly [string, Stage, (peer: FakePeer) => Promise<void>])[] = [
  ['before it speaks', 'opening', async (peer) => peer.close()],
  [
    'after the answer',
    'authenticated',
    async (peer) => {
      await peer.say(authRequest(sessionId));
      await peer.expect('AuthResponse');
      peer.close();
    },
  ],
  [
    'in the middle of a message',
    'authenticated',
    async (peer) => {
      await peer.say(authRequest(sessionId));
      await peer.expect('AuthResponse');
      await peer.sayBytes(encodeMessage(endSession(sessionId, 0)).subarray(0, 9));
      peer.close();
    },
  ],
];
for (const [when, stage, script] of lost) {
  test(`a server that closes ${when}`, async () => {
    const server = await startFakeCapf(capf, script);
    const { outcome } = await enroll({ host, port: server.port, name, tls });
    await server.finished();
    assert.ok(outcome.kind === 'connectionFault');
    assert.equal(outcome.fault.code, 'capf-connection-lost');
    assert.equal(outcome.stage, stage);
  });
}

test('a server with another CAPF certificate is not trusted', async () => {
  const server = await startFakeCapf(otherCapf, unplayed);
  const { outcome, tls: facts } = await enroll({ host, port: server.port, name, tls });
  await server.finished();
  assert.ok(outcome.kind === 'tlsFault');
  assert.equal(outcome.fault.code, 'capf-server-not-trusted');
  assert.equal(facts, undefined);
});

test('a server that shows a certificate which the trusted CAPF certificate issued is not trusted', async () => {
  const impostor = await issuedIdentity(capf);
  const server = await startFakeCapf(impostor, unplayed);
  const { outcome } = await enroll({ host, port: server.port, name, tls });
  await server.finished();
  assert.ok(outcome.kind === 'tlsFault');
  assert.equal(outcome.fault.code, 'capf-server-not-trusted');
});

test("a phone's LSC does not make its owner a CAPF server", async () => {
  const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
  const lsc = await issueLsc(capf.issuer, name, key);
  const server = await startFakeCapf({ certificates: [lsc], key }, unplayed);
  const { outcome } = await enroll({ host, port: server.port, name, tls });
  await server.finished();
  assert.ok(outcome.kind === 'tlsFault');
  assert.equal(outcome.fault.code, 'capf-server-not-trusted');
});

test('a CAPF certificate that another authority issued is trusted by itself, and with its chain', async () => {
  const issued = await issuedIdentity(otherCapf);
  const [certificate = new Uint8Array()] = issued.certificates;
  const alone = readCapfTrust(certificate);
  for (const trust of [alone, [...alone, readCertificate(otherCapf.trust[0].der)] as const]) {
    for (const certificates of [[certificate], [certificate, otherCapf.trust[0].der]]) {
      const server = await startFakeCapf({ ...issued, certificates }, ending);
      const { outcome, tls: facts } = await enroll({ host, port: server.port, name, tls: createPhoneTls({ trust }) });
      await server.finished();
      assert.equal(outcome.kind, 'nothingPending');
      assert.equal(facts?.verified, true);
    }
  }
});

test('without a certificate to trust any server is taken, and the result says so', async () => {
  const server = await startFakeCapf(otherCapf, ending);
  const { outcome, tls: facts } = await enroll({ host, port: server.port, name });
  await server.finished();
  assert.equal(outcome.kind, 'nothingPending');
  assert.equal(facts?.verified, false);
  assert.equal(facts?.version, 'TLSv1.3');
});

test('an address is not sent as server name, a name is', async () => {
  for (const [target, expected] of [
    [host, [false, null]],
    ['localhost', ['localhost']],
  ] as const) {
    let seen: string | false | null = 'unseen';
    const server = await startFakeCapf(capf, async (peer) => {
      seen = peer.tls.servername;
      await ending(peer);
    });
    const { outcome } = await enroll({ host: target, port: server.port, name, tls });
    await server.finished();
    assert.equal(outcome.kind, 'nothingPending');
    assert.ok((expected as readonly unknown[]).includes(seen), String(seen));
  }
});

for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
  test(`a phone that speaks ${version} only`, async () => {
    const server = await startFakeCapf(capf, ending, { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const { outcome, tls: facts } = await enroll({
      host,
      port: server.port,
      name,
      tls: createPhoneTls({ trust: capf.trust, version }),
    });
    await server.finished();
    assert.equal(outcome.kind, 'nothingPending');
    assert.equal(facts?.version, version);
    assert.equal(facts?.verified, true);
  });
}

test('no TLS version in common', async () => {
  const server = await startFakeCapf(capf, unplayed, { minVersion: 'TLSv1.2' });
  const { outcome } = await enroll({ host, port: server.port, name, tls: createPhoneTls({ version: 'TLSv1' }) });
  await server.finished();
  assert.ok(outcome.kind === 'tlsFault');
  assert.equal(outcome.fault.code, 'capf-handshake-failed');
  assert.equal(outcome.stage, 'handshaking');
});

test('a chosen cipher is the one that is spoken', async () => {
  const server = await startFakeCapf(capf, ending);
  const phoneTls = createPhoneTls({ trust: capf.trust, version: 'TLSv1.2', ciphers: 'AES128-SHA' });
  const { tls: facts } = await enroll({ host, port: server.port, name, tls: phoneTls });
  await server.finished();
  assert.equal(facts?.cipher, 'TLS_RSA_WITH_AES_128_CBC_SHA');
});

const rubbish: readonly (readonly [string, string, Stage, Uint8Array, Uint8Array | undefined])[] = [
  ['no CAPF at all', 'protocol-id-wrong', 'opening', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), undefined],
  ['an unknown command', 'command-unknown', 'opening', encodeFrame(99, sessionId, Buffer.alloc(0)), undefined],
  ['END_SESSION first', 'command-out-of-order', 'opening', encodeMessage(endSession(sessionId, 0)), undefined],
  [
    'version 2',
    'capf-version-unsupported',
    'awaitingAuthResponse',
    encodeMessage(createMessage('AuthRequest', sessionId, { version: 2 })),
    undefined,
  ],
  [
    'two messages at once',
    'command-out-of-order',
    'awaitingAuthResponse',
    Buffer.concat([encodeMessage(authRequest(sessionId)), encodeMessage(deleteCertificateRequest(sessionId))]),
    undefined,
  ],
  [
    'another session id',
    'session-id-wrong',
    'authenticated',
    encodeMessage(authRequest(sessionId)),
    encodeMessage(endSession(sessionId + 1, 0)),
  ],
  [
    'END_SESSION without a reason',
    'element-missing',
    'authenticated',
    encodeMessage(authRequest(sessionId)),
    encodeFrame(15, sessionId, Buffer.alloc(0)),
  ],
  [
    'a key request without KEY_TYPE',
    'element-missing',
    'awaitingKeyGenerateResponse',
    encodeMessage(authRequest(sessionId)),
    encodeMessage(createMessage('KeyGenerateRequest', sessionId, { keySize: 2048 })),
  ],
  [
    'a command that phones do not do',
    'capf-command-unsupported',
    'awaitingSignCertificateResponse',
    encodeMessage(authRequest(sessionId)),
    encodeMessage(createMessage('SignCertificateRequest', sessionId, { digestType: 2, signedData: Buffer.of(1) })),
  ],
];
for (const [what, code, stage, first, second] of rubbish) {
  test(`a server that says ${what}: the phone closes without a word`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.sayBytes(first);
      if (second !== undefined) {
        await peer.expect('AuthResponse');
        await peer.sayBytes(second);
      }
      assert.ok(['closed', 'reset'].includes(String(await peer.hear())));
    });
    const { outcome } = await enroll({ host, port: server.port, name, tls, signing: 'closes' });
    await server.finished();
    assert.ok(outcome.kind === 'protocolFault');
    assert.equal(outcome.fault.code, code);
    assert.equal(outcome.stage, stage);
  });
}
