import { sql, type Transaction } from 'kysely';
import type { IssuerTable, Tables } from '../../database/tables.js';

/** What an administrator may say of an issuer that signs here; what is missing is as the settings of the service say. */
export interface LocalSettings {
  /** Where its private key lies; missing where it is sealed in Postgres. */
  readonly location?: object | undefined;
  /** Days that LSCs live. */
  readonly validityDays?: number | undefined;
  readonly ecKeyUsage?: 'standard' | 'cisco' | undefined;
  readonly crlUrls?: readonly string[] | undefined;
  readonly aiaUrls?: readonly string[] | undefined;
}

/** The columns that hold that. */
export interface LocalColumns {
  readonly location: object | null;
  readonly validityDays: number | null;
  readonly ecKeyUsage: IssuerTable['ec_key_usage'];
  readonly crlUrls: readonly string[];
  readonly aiaUrls: readonly string[];
}

/** {@link LocalColumns} of `issuer i` and `private_key k`. */
export const localColumns = sql`k.location, i.validity_days as "validityDays", i.ec_key_usage as "ecKeyUsage",
  i.crl_urls as "crlUrls", i.aia_urls as "aiaUrls"`;

/** Columns as settings: what holds nothing is left out. */
export function localSettings(columns: LocalColumns): LocalSettings {
  const { location, validityDays, ecKeyUsage, crlUrls, aiaUrls } = columns;
  return {
    ...(location === null ? {} : { location }),
    ...(validityDays === null ? {} : { validityDays }),
    ...(ecKeyUsage === null ? {} : { ecKeyUsage }),
    ...(crlUrls.length === 0 ? {} : { crlUrls: [...crlUrls] }),
    ...(aiaUrls.length === 0 ? {} : { aiaUrls: [...aiaUrls] }),
  };
}

/** Keeps the settings of an issuer whose key is this one. Where the key lies changes only for one that lies elsewhere. */
export async function keepLocalSettings(
  queries: Transaction<Tables>,
  issuer: number,
  key: number | null,
  { location, validityDays, ecKeyUsage, crlUrls, aiaUrls }: LocalSettings,
): Promise<void> {
  if (key !== null && location !== undefined) {
    await queries
      .updateTable('private_key')
      .set({ location: JSON.stringify(location) })
      .where('id', '=', key)
      .where('location', 'is not', null)
      .execute();
  }
  // The issuer's row is written in any case: whoever has it open sees by that that something of it has changed.
  const set = {
    validity_days: validityDays ?? null,
    ec_key_usage: ecKeyUsage ?? null,
    crl_urls: [...(crlUrls ?? [])],
    aia_urls: [...(aiaUrls ?? [])],
  };
  await queries.updateTable('issuer').set(set).where('id', '=', issuer).execute();
}
