import type { Database } from '../../database/connect.js';
import { endingOfSession, type SessionBeginning, type SessionEnding, sessionFacts } from './session-facts.js';

/** How many numbers {@link reserveSessionNumbers} takes at a time: the increment of `opencapf_private.session_number`. */
export const sessionNumberBlock = 256;

/**
 * Reserves session numbers for this node: no other block holds them until all 2^32 were given out.
 *
 * @returns the first of {@link sessionNumberBlock} consecutive numbers
 */
export async function reserveSessionNumbers(database: Database): Promise<number> {
  const { rows } = await database.prepared<{ first: number }>(
    'reserve-session-numbers',
    `select nextval('opencapf_private.session_number') as first`,
    [],
  );
  return rows[0]?.first ?? 0;
}

/**
 * Records a session that is over before it came to an operation: of an unknown device, or refused.
 *
 * @returns its id
 */
export async function recordEndedSession(
  database: Database,
  beginning: SessionBeginning,
  ending: SessionEnding,
): Promise<number> {
  return await recordSession(database, sessionFacts(beginning, ending));
}

/**
 * Records a session of a device for which nothing is queued, and takes back the wish for a reset, which is fulfilled.
 *
 * @returns its id
 */
export async function beginVisit(database: Database, beginning: SessionBeginning): Promise<number> {
  const { rows } = await database.prepared<{ id: number }>(
    'begin-visit',
    'select opencapf_private.record_session($1) as id, opencapf_private.clear_reset($2)',
    [sessionFacts(beginning), beginning.deviceId],
  );
  return rows[0]?.id ?? 0;
}

/** Likewise, of a visit that is over as soon as it began. */
export async function recordVisit(
  database: Database,
  beginning: SessionBeginning,
  ending: SessionEnding,
): Promise<number> {
  const { rows } = await database.prepared<{ id: number }>(
    'begin-visit',
    'select opencapf_private.record_session($1) as id, opencapf_private.clear_reset($2)',
    [sessionFacts(beginning, ending), beginning.deviceId],
  );
  return rows[0]?.id ?? 0;
}

/** Ends a session that was recorded when it began. */
export async function endSessionRecord(database: Database, session: number, ending: SessionEnding): Promise<void> {
  await database.prepared('end-session', 'select opencapf_private.end_session($1, $2)', [
    session,
    endingOfSession(ending),
  ]);
}

async function recordSession(database: Database, facts: string): Promise<number> {
  const { rows } = await database.prepared<{ id: number }>(
    'record-session',
    'select opencapf_private.record_session($1) as id',
    [facts],
  );
  return rows[0]?.id ?? 0;
}
