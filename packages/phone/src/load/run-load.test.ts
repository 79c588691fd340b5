import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, type KeyType } from '@opencapf/pki';
import { authRequest, Curve, endSession, keyGenerateRequest, storeCertificateRequest } from '@opencapf/protocol';
import { createPhoneTls } from '../phone-tls.js';
import { capfIdentity, issueLsc } from '../testing/certificates.js';
import { type FakePeer, startFakeCapf } from '../testing/fake-capf.js';
import { runLoad } from './run-load.js';

const capf = await capfIdentity();
const tls = createPhoneTls({ trust: capf.trust });
const name = 'SEP001122334455';
const sessionId = 7;

async function askForKey(peer: FakePeer): Promise<Buffer> {
  await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
  await peer.expect('RequestInProgress');
  const { publicKey } = await peer.expect('KeyGenerateResponse');
  assert.ok(publicKey);
  return publicKey;
}

test('a phone of a load comes again with the key that it was asked for, and makes another when it is asked for one', async () => {
  const shown: Buffer[] = [];
  let visit = 0;
  const server = await startFakeCapf(
    capf,
    async (peer) => {
      await peer.say(authRequest(sessionId));
      await peer.expect('AuthResponse');
      visit += 1;
      if (visit < 3) {
        shown.push(await askForKey(peer));
        return;
      }
      const spki = shown[1] ?? Buffer.alloc(0);
      await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki })));
      assert.equal((await peer.expect('StoreCertificateResponse')).reason, 1);
      await peer.sayLast(endSession(sessionId, 1));
    },
    {},
    3,
  );
  const asked: string[] = [];
  const { result } = await runLoad([{ name, errand: 'install' }], {
    host: '127.0.0.1',
    port: server.port,
    tls,
    concurrency: 1,
    comesAgain: { times: 5, pauseMs: 0 },
    keyFor: async (whose: string, type: KeyType) => {
      asked.push(whose);
      return await generateKeyPair(type);
    },
  });
  await server.finished();
  assert.deepEqual(asked, [name, `${name} again 1`]);
  const { visits, visitsAgain, succeeded, failed } = result;
  assert.deepEqual({ visits, visitsAgain, succeeded, failed }, { visits: 1, visitsAgain: 2, succeeded: 1, failed: 0 });
});
