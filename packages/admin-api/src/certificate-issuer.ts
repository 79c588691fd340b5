import { type Database, listAuthorityNames } from '@opencapf/store';
import { AdminApiError } from './errors.js';

/** What the source documents call the modes of "Certificate Issuer to Endpoint", and the kinds of authority that each means. */
const modes: Readonly<Record<string, readonly string[]>> = {
  ciscoauthorityproxyfunction: ['local'],
  ciscocertificateauthorityproxyfunction: ['local'],
  onlineca: ['est', 'adcs', 'cmp'],
  offlineca: ['offline'],
};

/**
 * The name of the authority that is meant: by its own name, or by a word of the source documents when exactly one active
 * authority is of that mode, or the default one is.
 *
 * @throws AdminApiError `certificate-issuer-unknown`
 */
export async function certificateIssuerNamed(database: Database, given: string): Promise<string> {
  const authorities = await listAuthorityNames(database);
  if (authorities.some(({ name }) => name === given)) return given;
  const kinds = modes[given.toLowerCase().replaceAll(/[^a-z]/g, '')] ?? [];
  const meant = authorities.filter(({ kind, state }) => state === 'active' && kinds.includes(kind));
  const one = meant.length === 1 ? meant[0] : meant.find(({ isDefault }) => isDefault);
  if (one !== undefined) return one.name;
  const several = meant.map(({ name }) => `"${name}"`).join(', ');
  throw new AdminApiError('certificate-issuer-unknown', several === '' ? given : `${given} may mean ${several}`);
}
