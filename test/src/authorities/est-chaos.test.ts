import { describe, it } from 'node:test';
import { chaosPhones, chaosSeed, seededChaos } from './chaos.js';
import { enrolThrough } from './enrol-through.js';
import { FakeCa } from './fake-ca.js';
import { FakeEst } from './fake-est.js';

const phones = chaosPhones();
const seed = chaosSeed();

describe('an EST authority with which things go wrong', () => {
  it(`leaves none of ${phones} phones without a certificate, and certifies no key twice; seed ${seed} (OPENCAPF_FAULT_SEED)`, async (t) => {
    const ca = await FakeCa.create();
    await using server = await FakeEst.start({
      ca,
      tls: await ca.tlsIdentity('server'),
      acceptUnsigned: true,
      // One in 16 has to wait for a decision.
      pends: (key) => key.startsWith('0'),
      chaos: seededChaos(seed),
    });
    const result = await enrolThrough({
      authority: { kind: 'est', configuration: { url: server.url, timeoutSeconds: 10 } },
      ca,
      phones,
    });
    const { visits, visitsAgain, elapsedMs } = result;
    t.diagnostic(JSON.stringify({ visits, visitsAgain, elapsedMs, certified: ca.certified.length }));
  });
});
