import { describe, it } from 'node:test';
import { derOf, enroller } from '../authorities/adcs-harness.js';
import { chaosSeed, seededChaos } from '../authorities/chaos.js';
import { enrolThrough } from '../authorities/enrol-through.js';
import { FakeCa } from '../authorities/fake-ca.js';
import { FakeCertsrv } from '../authorities/fake-certsrv.js';
import { soakPhones } from './soak-phones.js';

const phones = soakPhones(500);
const seed = chaosSeed();

describe('an AD CS with which things go wrong', () => {
  it(`leaves none of ${phones} phones without a certificate, and certifies no key twice; seed ${seed} (OPENCAPF_FAULT_SEED)`, async (t) => {
    const ca = await FakeCa.create();
    const tls = await ca.tlsIdentity('server');
    const { username, domain, password } = enroller;
    await using pages = await FakeCertsrv.start({
      ca,
      tls,
      login: { schemes: ['Negotiate', 'NTLM'], user: enroller, password },
      boundTo: derOf(tls.cert),
      acceptUnsigned: true,
      // One in 16 has to wait for approval.
      pends: (key) => key.startsWith('0'),
      chaos: seededChaos(seed),
    });
    const configuration = { url: pages.url, template: 'Phones', username, domain, timeoutSeconds: 10, pollSeconds: 1 };
    const result = await enrolThrough({
      authority: { kind: 'adcs', configuration, secrets: { password } },
      ca,
      phones,
    });
    const { visits, visitsAgain, elapsedMs } = result;
    t.diagnostic(JSON.stringify({ visits, visitsAgain, elapsedMs, certified: ca.certified.length }));
  });
});
