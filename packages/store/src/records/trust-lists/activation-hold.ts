import type { Queries } from '../../database/connect.js';
import { type ListFetches, readListFetches } from './list-fetches.js';

/** What an administrator says who wants a certificate to come into use. */
export interface ActivationWish {
  /** Somebody has said that whoever must trust it does, as far as that cannot be seen from here. */
  readonly confirmed: boolean;
  /** Go on without the devices that have not fetched the trust list that holds it. */
  readonly override?: boolean | undefined;
}

/** Why a certificate must not come into use yet. */
export type ActivationHold =
  /** Devices do not fetch their trust lists from us, and nobody has said that they trust it. */
  | 'unconfirmed'
  /** No list that is served holds it. */
  | 'notListed'
  | { readonly outcome: 'waiting'; readonly fetches: ListFetches };

/**
 * What holds the activation of a certificate back: of devices that fetch their trust lists from us, those whose last list does not
 * hold it; for all others that somebody confirms it.
 *
 * @param sha256 - over the certificate, hex
 * @param standsInLists - whether phones' lists are all that must hold it; of an issuer call control must trust it too, which is
 * confirmed always, and lists hold it only when it is a CAPF certificate too
 */
export async function activationHold(
  queries: Queries,
  sha256: string,
  { confirmed, override = false }: ActivationWish,
  standsInLists: boolean,
): Promise<ActivationHold | undefined> {
  const fetches = await readListFetches(queries, sha256);
  const judgedByFetches = fetches.devices > 0 && (standsInLists || fetches.isListed);
  if (judgedByFetches && !override) {
    if (!fetches.isListed) return 'notListed';
    if (fetches.waiting > 0) return { outcome: 'waiting', fetches };
  }
  const seenByFetches = judgedByFetches && standsInLists && fetches.elsewhere === 0;
  return confirmed || seenByFetches ? undefined : 'unconfirmed';
}
