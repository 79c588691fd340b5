import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chaosSeed, seededChaos } from '../authorities/chaos.js';
import { enrolThrough } from '../authorities/enrol-through.js';
import { FakeCa } from '../authorities/fake-ca.js';
import { FakeCmp } from '../authorities/fake-cmp.js';
import { macOfSecret } from '../authorities/fake-cmp-protection.js';
import { soakPhones } from './soak-phones.js';

const phones = soakPhones(500);
const seed = chaosSeed();
const secret = 'correct horse battery';

describe('a CMP authority with which things go wrong', () => {
  it(`leaves none of ${phones} phones without a certificate, and certifies no key twice; seed ${seed} (OPENCAPF_FAULT_SEED)`, async (t) => {
    const ca = await FakeCa.create();
    await using server = await FakeCmp.start({
      ca,
      protection: macOfSecret('opencapf', secret),
      // One more answer that can be lost.
      confirmation: 'explicit',
      // One in 16 has to wait for a decision.
      pends: (key) => key.startsWith('0'),
      chaos: seededChaos(seed),
    });
    const result = await enrolThrough({
      authority: {
        kind: 'cmp',
        configuration: { url: server.url, reference: 'opencapf', timeoutSeconds: 10 },
        secrets: { secret },
      },
      ca,
      phones,
    });
    // One transaction a key: what was lost is asked about, and never asked for again.
    assert.deepEqual([server.faults, server.unconfirmed], [[], 0]);
    const { visits, visitsAgain, elapsedMs } = result;
    t.diagnostic(JSON.stringify({ visits, visitsAgain, elapsedMs, certified: ca.certified.length }));
  });
});
