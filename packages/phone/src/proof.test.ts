import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, type KeyType, readCertificate, verifyDeviceProof, verifySudiProof } from '@opencapf/pki';
import { type AuthResponse, authRequest, endSession } from '@opencapf/protocol';
import { type EnrollOptions, enroll } from './enroll.js';
import type { HeldCertificate } from './identity.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';
import { startFakeCapf } from './testing/fake-capf.js';

const capf = await capfIdentity();
const name = 'SEP001122334455';
const sessionId = 0x0a0b0c0d;
const policy = { minRsaBits: 512 };

async function held(type: KeyType): Promise<HeldCertificate> {
  const key = await generateKeyPair(type);
  return { certificate: await issueLsc(capf.issuer, name, key), key };
}

const lsc = await held({ kind: 'ec', size: 256 });
const mic = await held({ kind: 'rsa', size: 1024 });

/** How the phone introduces itself to a server that does nothing more. */
async function introduction(options: Partial<EnrollOptions>): Promise<AuthResponse> {
  let heard: AuthResponse | undefined;
  const server = await startFakeCapf(capf, async (peer) => {
    await peer.say(authRequest(sessionId));
    heard = await peer.expect('AuthResponse');
    await peer.sayLast(endSession(sessionId, 0));
  });
  await enroll({ host: '127.0.0.1', port: server.port, name, ...options });
  await server.finished();
  return heard ?? assert.fail('the phone said nothing');
}

test('a phone proves itself with the certificate that comes first of those it holds', async () => {
  const cases = [
    { by: ['lsc', 'mic'], identity: { lsc, mic }, shown: lsc },
    { by: ['mic', 'lsc'], identity: { lsc, mic }, shown: mic },
    { by: ['lsc', 'mic'], identity: { mic }, shown: mic },
    { by: ['lsc'], identity: { mic }, shown: undefined },
  ] as const;
  for (const { by, identity, shown } of cases) {
    const { certificate, signedData, sha2SignedData } = await introduction({ identity, proof: { by } });
    assert.deepEqual(certificate?.der, shown && Buffer.from(shown.certificate));
    if (certificate === undefined) continue;
    const signatures = { sha1: signedData, sha2: sha2SignedData };
    assert.deepEqual(verifyDeviceProof(readCertificate(certificate.der), name, signatures, policy), { ok: true });
  }
});

test('a phone adds the SUDI proof of an RSA MIC, or the one that it is told to, or none', async () => {
  const ecMic = await held({ kind: 'ec', size: 256 });
  const cases = [
    { identity: { lsc, mic }, sudi: undefined, shown: mic },
    { identity: { lsc, mic: ecMic }, sudi: undefined, shown: undefined },
    { identity: { lsc, mic }, sudi: 'lsc', shown: lsc },
    { identity: { lsc, mic }, sudi: 'none', shown: undefined },
    { identity: { lsc }, sudi: 'mic', shown: undefined },
  ] as const;
  for (const { identity, sudi, shown } of cases) {
    const { sudiData } = await introduction({ identity, proof: { by: ['lsc'], sudi } });
    assert.deepEqual(sudiData?.certificate.bytes, shown && Buffer.from(shown.certificate));
    if (sudiData === undefined || shown === undefined) continue;
    const { sha1Signature, sha512Signature } = sudiData;
    const sha2 = { digestId: sha512Signature.id, signature: sha512Signature.bytes };
    const check = verifySudiProof(
      readCertificate(shown.certificate),
      sessionId,
      { sha1: sha1Signature.bytes, sha2 },
      policy,
    );
    assert.deepEqual(check, { ok: true });
  }
});

test('a phone shows no certificate unless it is told to, nor by version 2', async () => {
  assert.equal((await introduction({ identity: { lsc, mic } })).certificate, undefined);
  assert.equal(
    (await introduction({ identity: { lsc, mic }, proof: { by: ['lsc'] }, version: 2 })).certificate,
    undefined,
  );
});

test('an RSA key of 512 bits makes the SHA-1 signature alone', async () => {
  const small = await held({ kind: 'rsa', size: 512 });
  const { signedData, sha2SignedData } = await introduction({ identity: { lsc: small }, proof: { by: ['lsc'] } });
  assert.equal(signedData?.length, 64);
  assert.equal(sha2SignedData, undefined);
});
