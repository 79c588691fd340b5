import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { test } from 'node:test';
import { generateKeyPair, importSpki, type KeyType } from '@opencapf/pki';
import {
  authRequest,
  Curve,
  certificateSignature,
  endSession,
  type KeyGeneration,
  keyGenerateRequest,
  signCertificateRequest,
  storeCertificateRequest,
} from '@opencapf/protocol';
import { enroll } from './enroll.js';
import { createPhoneTls } from './phone-tls.js';
import { type RequestSigning, signRequest } from './request-signature.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';
import { type FakePeer, startFakeCapf } from './testing/fake-capf.js';

const capf = await capfIdentity();
const tls = createPhoneTls({ trust: capf.trust });
const name = 'SEP001122334455';
const host = '127.0.0.1';
const sessionId = 0x0a0b0c0d;
const request = Buffer.from('what a CertificationRequestInfo would be');

const ec: KeyGeneration = { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } };
const rsa: KeyGeneration = { version: 3, key: { type: 'rsa', size: 1024 } };

async function makeKey(peer: FakePeer, generation: KeyGeneration): Promise<Buffer> {
  await peer.say(authRequest(sessionId));
  await peer.expect('AuthResponse');
  await peer.say(keyGenerateRequest(sessionId, generation));
  await peer.expect('RequestInProgress');
  const { publicKey } = await peer.expect('KeyGenerateResponse');
  assert.ok(publicKey);
  return publicKey;
}

for (const [kind, generation] of [
  ['RSA', rsa],
  ['EC', ec],
] as const) {
  test(`a phone signs a request with its new ${kind} key and stores what comes of it`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      const spki = await makeKey(peer, generation);
      await peer.say(signCertificateRequest(sessionId, request));
      const { signedData } = await peer.expect('SignCertificateResponse');
      assert.ok(signedData && verify('sha256', request, importSpki(spki), signedData));
      await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki })));
      await peer.expect('StoreCertificateResponse');
      await peer.sayLast(endSession(sessionId, 1));
    });
    const { outcome } = await enroll({ host, port: server.port, name, tls });
    await server.finished();
    assert.equal(outcome.kind, 'installed');
  });
}

const oddities: readonly (readonly [RequestSigning, string])[] = [
  ['refuses', 'refused 7'],
  ['signsWrongly', 'wrong'],
];
for (const [signing, expected] of oddities) {
  test(`a phone that ${signing} answers so`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      const spki = await makeKey(peer, ec);
      await peer.say(signCertificateRequest(sessionId, request));
      const answer = certificateSignature(
        (await peer.expect('SignCertificateResponse')) as Parameters<typeof certificateSignature>[0],
      );
      const heard =
        answer.kind === 'refused'
          ? `refused ${answer.reason}`
          : verify('sha256', request, importSpki(spki), answer.signature)
            ? 'right'
            : 'wrong';
      assert.equal(heard, expected);
      await peer.sayLast(endSession(sessionId, 7));
    });
    const { outcome } = await enroll({ host, port: server.port, name, tls, signing });
    await server.finished();
    assert.equal(outcome.kind, 'refused');
  });
}

test('a phone without a key refuses', async () => {
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    await peer.expect('AuthResponse');
    await peer.say(signCertificateRequest(sessionId, request));
    assert.equal((await peer.expect('SignCertificateResponse')).reason, 7);
    await peer.sayLast(endSession(sessionId, 7));
  });
  await enroll({ host, port: server.port, name, tls });
  await server.finished();
});

test('a digest that is unknown, or too long for the key, cannot be signed', async () => {
  const asked = (digest: number) => signCertificateRequest(1, request, digest);
  const small: KeyType = { kind: 'rsa', size: 512 };
  const key = await generateKeyPair(small);
  assert.equal(signRequest(asked(3), key), undefined);
  assert.equal(signRequest(asked(9), key), undefined);
  assert.equal(signRequest(asked(2), key)?.length, 64);
});
