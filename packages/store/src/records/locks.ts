import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/tables.js';

// Advisory locks of two numbers: "capf" in ASCII, then the subject.
const capf = 0x63617066;
const subjects = {
  'capf-identity': 1,
  'first-token': 2,
  'trust-store': 3,
  'audit-prune': 4,
  issuers: 5,
  'security-profiles': 6,
  'trust-lists': 7,
} as const;

/** Lets one transaction at a time, of all nodes, work on a subject; held until the transaction ends. */
export async function lockSubject(queries: Transaction<Tables>, subject: keyof typeof subjects): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(capf)}, ${sql.lit(subjects[subject])})`.execute(queries);
}

/** Keeps those out who work on a subject alone; any number of transactions may at once. Never before {@link lockSubject} in one transaction. */
export async function shareSubject(queries: Transaction<Tables>, subject: keyof typeof subjects): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${sql.lit(capf)}, ${sql.lit(subjects[subject])})`.execute(queries);
}

/**
 * Lets one transaction at a time change what is kept of a device; held until the transaction ends.
 *
 * @returns its number; undefined when there is no such device
 */
export async function lockDevice(queries: Transaction<Tables>, name: string): Promise<number | undefined> {
  const device = await queries
    .selectFrom('device')
    .where('name', '=', name)
    .select('id')
    .forNoKeyUpdate()
    .executeTakeFirst();
  return device?.id;
}
