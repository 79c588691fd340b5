import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cmp, ExternalAuthority } from '@opencapf/authority';
import { type AuthorityHarness, authorityConformance } from './conformance.js';
import { FakeCa } from './fake-ca.js';
import { FakeCmp } from './fake-cmp.js';
import { macOfSecret, signatureBy } from './fake-cmp-protection.js';

for (const message of ['cr', 'p10cr'] as const) {
  for (const protection of ['mac', 'signature'] as const) {
    for (const confirmation of message === 'cr' ? (['implicit', 'explicit'] as const) : (['explicit'] as const)) {
      const name = `CMP, ${message}, ${protection}, ${confirmation} confirmation`;
      authorityConformance(name, async () => await cmpHarness({ message, protection, confirmation }));
    }
  }
}

interface Variant {
  readonly message: 'cr' | 'p10cr';
  readonly protection: 'mac' | 'signature';
  readonly confirmation: 'implicit' | 'explicit';
}

async function cmpHarness({ message, protection, confirmation }: Variant): Promise<AuthorityHarness> {
  const ca = await FakeCa.create();
  const registration = await ca.tlsIdentity('client', 'Registration authority');
  const fake = await FakeCmp.start({
    ca,
    confirmation,
    protection:
      protection === 'mac' ? macOfSecret('opencapf', 'correct horse') : signatureBy(await ca.ownIdentity(), ca.pem),
  });
  const common = { url: fake.url, message, protection };
  const configuration = cmp.configuration.parse(
    protection === 'mac'
      ? { ...common, reference: 'opencapf' }
      : { ...common, signatureCertificate: registration.cert, protectionTrustAnchors: ca.pem },
  );
  const secrets = cmp.secrets.parse(
    protection === 'mac' ? { secret: 'correct horse' } : { signatureKey: registration.key },
  );
  const issuerCertificate = ca.certificate;
  const surroundings = { issuerCertificate, chain: [], now: () => new Date(), randomBytes };
  return {
    issuerCertificate,
    open: async () =>
      new ExternalAuthority(cmp.open(configuration, secrets, surroundings), {
        kind: 'cmp',
        issuerCertificate,
        proofOfPossession: message === 'p10cr' ? 'phone' : 'none',
      }),
    async behave(behaviour) {
      if (behaviour === 'unreachable') return await fake.stop();
      await fake.listen();
      fake.behaviour = behaviour;
    },
    certified: async () => ca.certified.map(({ key }) => key),
    async [Symbol.asyncDispose]() {
      await fake[Symbol.asyncDispose]();
      assert.deepEqual(fake.faults, []);
    },
  };
}
