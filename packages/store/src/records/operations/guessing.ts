import { runApart } from '../../database/apart.js';
import type { Database } from '../../database/connect.js';
import { type SessionBeginning, sessionFacts } from '../sessions/session-facts.js';

/** How many wrong authentication strings are borne. */
export interface GuessingBounds {
  /** Of one address for one device. */
  readonly mostForDevice: number;
  /** Of one address (IPv6: its /64): for how many devices. */
  readonly mostDevices: number;
  /** How long is refused what reached a bound, and how long a count must be quiet to begin again, in milliseconds. */
  readonly refusalMs: number;
}

/** An authentication string that a session gave. */
export interface GivenString {
  readonly operation: number;
  readonly right: boolean;
  /** How many wrong ones the operation bears in all. */
  readonly spentAfter: number;
  readonly address: string;
  /** The address, or of IPv6 its /64 in CIDR form; undefined where many devices may come from one address. */
  readonly network: string | undefined;
  readonly at: Date;
}

/**
 * What is to become of a session that gave an authentication string. Whoever is refused for guessing meets the same with a
 * right string as with a wrong one.
 */
export type StringVerdict =
  /** It has begun. @property session - its id */
  | { readonly verdict: 'accepted'; readonly session: number }
  | { readonly verdict: 'wrong' | 'addressRefusedForDevice' | 'addressRefused' | 'spent' }
  /** The operation has ended meanwhile. */
  | { readonly verdict: 'gone' };

/** Decides on a session that gave an authentication string, counts a wrong one, and begins the operation for a right one. */
export async function judgeString(
  database: Database,
  given: GivenString,
  bounds: GuessingBounds,
  beginning: SessionBeginning,
): Promise<StringVerdict> {
  const { rows } = await database.prepared<{ verdict: StringVerdict['verdict']; session: number | null }>(
    'judge-string',
    `select * from opencapf_private.judge_string($1, $2, $3, $4::inet, $5::inet, $6, $7, $8,
       $9 * interval '1 millisecond', $10)`,
    [
      given.operation,
      given.right,
      given.spentAfter,
      given.address,
      given.network,
      given.at,
      bounds.mostForDevice,
      bounds.mostDevices,
      bounds.refusalMs,
      sessionFacts(beginning),
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('judge_string returned no row');
  const { verdict, session } = row;
  if (verdict !== 'accepted') return { verdict };
  return session === null ? { verdict: 'gone' } : { verdict, session };
}

/**
 * Forgets counts of wrong strings that have been quiet for as long as a refusal lasts, and, should strangers have filled
 * the table from very many addresses, the oldest ones: what is left to them is the bound of each operation.
 *
 * @returns how many
 */
export async function forgetQuietGuessing(
  database: Database,
  now: Date,
  refusalMs: number,
  mostRows = 200_000,
): Promise<number> {
  const { rowCount } = await runApart(
    database,
    `delete from opencapf_private.guessing g
     where (g.last_at <= $1 and (g.refused_until is null or g.refused_until <= $2))
       or g.last_at <= (select b.last_at from opencapf_private.guessing b order by b.last_at desc offset $3 limit 1)`,
    [new Date(now.getTime() - refusalMs), now, mostRows],
  );
  return rowCount;
}
