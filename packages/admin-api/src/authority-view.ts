import { type CertificateRecord, readCertificate } from '@opencapf/pki';
import { type AuthorityFacts, countOfAuthorities, type Database } from '@opencapf/store';
import type { z } from 'zod';
import type { authoritySchema } from './schemas/authority.js';

type View = z.output<typeof authoritySchema>;

/** Authorities as the API shows them, with what their certificates say and how much they have to do with. */
export async function authorityViews(
  database: Database,
  authorities: readonly AuthorityFacts[],
): Promise<readonly View[]> {
  const read = authorities.map((facts) => ({
    facts,
    certificate: facts.certificate === null ? undefined : readCertificate(facts.certificate),
  }));
  const ends = read.flatMap(({ facts, certificate }) =>
    facts.kind === 'local' && certificate !== undefined ? [[facts.id, certificate.notAfter] as const] : [],
  );
  const counts = await countOfAuthorities(database, new Map(ends));
  return read.map(({ facts, certificate }) => {
    const { installedLscs = 0, cutShort = 0, openRequests = 0 } = counts.get(facts.id) ?? {};
    return { ...view(facts, certificate), installedLscs, cutShort, openRequests };
  });
}

function view({ certificate: _der, chain, ...facts }: AuthorityFacts, certificate: CertificateRecord | undefined) {
  return {
    ...facts,
    kind: facts.kind as View['kind'],
    subject: certificate?.subject ?? null,
    notBefore: certificate?.notBefore ?? null,
    notAfter: certificate?.notAfter ?? null,
    chain: chain.map((der) => readCertificate(der).subject),
    configuration: { ...facts.configuration },
    secretsSet: [...facts.secretsSet],
  };
}
