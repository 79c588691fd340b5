import { randomBytes } from 'node:crypto';
import { type CertificateAuthority, ExternalAuthority, est } from '@opencapf/authority';
import { calm } from './chaos.js';
import type { AuthorityHarness, Behaviour } from './conformance.js';
import { FakeCa } from './fake-ca.js';
import { FakeEst, type FakeEstSettings } from './fake-est.js';

/** How the client is set, beside what finds the server. */
export interface EstHarnessSettings {
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly server?: Partial<FakeEstSettings>;
  readonly ca?: FakeCa;
}

/** The EST client before a strict EST server, which does what it is told and nothing by chance unless it is given chaos. */
export interface EstHarness extends AuthorityHarness {
  readonly ca: FakeCa;
  readonly server: FakeEst;
  open(configuration?: Readonly<Record<string, unknown>>): Promise<CertificateAuthority>;
}

export async function estHarness({
  configuration,
  secrets,
  server,
  ca: given,
}: EstHarnessSettings = {}): Promise<EstHarness> {
  const ca = given ?? (await FakeCa.create());
  const fake = await FakeEst.start({ ca, tls: await ca.tlsIdentity('server'), chaos: calm, ...server });
  return {
    ca,
    server: fake,
    issuerCertificate: ca.certificate,
    open: async (more = {}) => openEst(fake.url, ca, { ...configuration, ...more }, secrets),
    behave: async (behaviour: Behaviour) => {
      if (behaviour === 'unreachable') return await fake.stop();
      await fake.stop();
      fake.mode = behaviour;
      await fake.listen();
    },
    certified: async () => ca.certified.map(({ key }) => key),
    [Symbol.asyncDispose]: async () => await fake[Symbol.asyncDispose](),
  };
}

/** Opens an EST authority as the service does, from what an administrator would give. */
export function openEst(
  url: string,
  { certificate, chain }: Pick<FakeCa, 'certificate' | 'chain'>,
  configuration: Readonly<Record<string, unknown>> = {},
  secrets: Readonly<Record<string, unknown>> = {},
): CertificateAuthority {
  const checked = est.configuration.parse({ url, proofOfPossession: 'phone', timeoutSeconds: 20, ...configuration });
  const surroundings = { issuerCertificate: certificate, chain, now: () => new Date(), randomBytes };
  const client = est.open(checked, est.secrets.parse(secrets), surroundings);
  const { proofOfPossession } = checked;
  return new ExternalAuthority(client, { kind: 'est', issuerCertificate: certificate, proofOfPossession });
}
