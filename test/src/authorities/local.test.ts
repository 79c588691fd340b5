import { createPrivateKey } from 'node:crypto';
import { type CertificateAuthority, LocalAuthority } from '@opencapf/authority';
import { createSigner, importPkcs8, loadIssuer } from '@opencapf/pki';
import { type AuthorityHarness, authorityConformance } from './conformance.js';
import { FakeCa, flaws } from './fake-ca.js';

const signsByItself = 'it signs by itself: nobody is asked who could be late, decide or be wrong';
const absent = Object.fromEntries(
  ['deny', 'pendThenIssue', 'pendThenDeny', 'slow', 'unreachable', 'loseAnswer', ...flaws].map((behaviour) => [
    behaviour,
    signsByItself,
  ]),
);

for (const key of ['rsa', 'ec'] as const) {
  authorityConformance(`local, ${key.toUpperCase()} issuer`, async () => await localHarness(key), absent);
}

async function localHarness(kind: 'rsa' | 'ec'): Promise<AuthorityHarness> {
  const ca = await FakeCa.create({ key: kind });
  const { key } = await ca.ownIdentity();
  const signer = createSigner(importPkcs8(createPrivateKey(key).export({ format: 'der', type: 'pkcs8' })));
  return {
    issuerCertificate: ca.certificate,
    open: async (): Promise<CertificateAuthority> => new LocalAuthority(loadIssuer(ca.certificate, signer)),
    behave: async () => undefined,
    certified: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
