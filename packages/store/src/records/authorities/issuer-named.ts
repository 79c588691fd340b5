import type { Transaction } from 'kysely';
import type { Tables } from '../../database/tables.js';

/** The number of the authority of this name, held until the transaction ends; what means none of them is passed through. */
export async function issuerNamed<None extends null | undefined>(
  queries: Transaction<Tables>,
  name: string | None,
): Promise<number | None | 'unknown'> {
  if (name === null || name === undefined) return name;
  const issuer = await queries
    .selectFrom('issuer')
    .where('name', '=', name)
    .where('state', '<>', 'retired')
    .select('id')
    .forShare()
    .executeTakeFirst();
  return issuer?.id ?? 'unknown';
}

/** Whether a security profile asks for this authority. */
export async function isOfProfile(queries: Transaction<Tables>, issuer: number): Promise<boolean> {
  const asking = await queries
    .selectFrom('security_profile')
    .where('issuer_id', '=', issuer)
    .select('id')
    .executeTakeFirst();
  return asking !== undefined;
}
