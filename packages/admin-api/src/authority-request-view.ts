import { type AuthorityRequestFacts, type Database, listAuthorityNames } from '@opencapf/store';
import type { z } from 'zod';
import type { authorityRequestSchema } from './schemas/authority-request.js';

type View = z.output<typeof authorityRequestSchema>;

/** Requests to authorities elsewhere as the API shows them. */
export async function authorityRequestViews(
  database: Database,
  requests: readonly AuthorityRequestFacts[],
): Promise<readonly View[]> {
  if (requests.length === 0) return [];
  const names = new Map((await listAuthorityNames(database)).map(({ id, name }) => [id, name]));
  return requests.map((facts) => view(facts, names.get(facts.issuer) ?? String(facts.issuer)));
}

function view(
  { certificate: id, issuer: _issuer, operation, publicKey: _key, request: _request, ...facts }: AuthorityRequestFacts,
  authority: string,
): View {
  return { id, authority, operationId: operation, ...facts };
}
