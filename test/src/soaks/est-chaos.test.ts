import { describe, it } from 'node:test';
import { chaosSeed, seededChaos } from '../authorities/chaos.js';
import { enrolThrough } from '../authorities/enrol-through.js';
import { FakeCa } from '../authorities/fake-ca.js';
import { FakeEst } from '../authorities/fake-est.js';
import { soakPhones } from './soak-phones.js';

const phones = soakPhones(500);
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
