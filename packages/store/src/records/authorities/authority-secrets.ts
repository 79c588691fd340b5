import type { SealedPlace } from '../../secrets/secret-key.js';

/** Where the secrets of an authority lie, sealed: a JSON object of texts. @param row - the authority's number */
export function authoritySecretsPlace(row: number): SealedPlace {
  return { table: 'issuer', row, column: 'sealed_secrets' };
}
