import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import { type Page, pageOf } from '../page.js';
import type { SessionStep } from './session-facts.js';

/** A session as administrators see it. */
export interface SessionRecord {
  readonly id: number;
  /** The number on the wire. */
  readonly wireId: number;
  readonly nodeId: string;
  readonly device: string | null;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly listener: string;
  readonly tlsVersion: string | null;
  readonly cipher: string | null;
  readonly capfVersion: number | null;
  readonly phoneReason: number | null;
  readonly operationId: number | null;
  readonly startedAt: Date;
  readonly authenticatedAt: Date | null;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
  readonly endReason: number | null;
  readonly reason: string | null;
  readonly steps: readonly SessionStep[];
}

/** Which sessions: all that are given must hold. */
export interface SessionFilter {
  /** Of whoever gave this name. */
  readonly device?: string | undefined;
  /** Of devices that nobody knows, or that gave no name that could be read. */
  readonly unknownDevice?: boolean | undefined;
}

/**
 * Sessions, the newest first.
 *
 * @param before - the number that the page before ended with
 */
export async function listSessions(
  database: Database,
  { device, unknownDevice }: SessionFilter,
  limit: number,
  before: number | undefined,
): Promise<Page<SessionRecord, number>> {
  const where = [
    ...(device === undefined ? [] : [sql`s.device_name = ${device}`]),
    ...(unknownDevice === undefined ? [] : [unknownDevice ? sql`s.device_id is null` : sql`s.device_id is not null`]),
    ...(before === undefined ? [] : [sql`s.id < ${before}`]),
  ];
  const { rows } = await sql<SessionRecord>`
    select s.id, s.wire_id as "wireId", s.node_id as "nodeId", s.device_name as device,
      host(s.remote_address) as "remoteAddress", s.remote_port as "remotePort", s.listener,
      s.tls_version as "tlsVersion", s.cipher, s.capf_version as "capfVersion", s.phone_reason as "phoneReason",
      s.operation_id as "operationId", s.started_at as "startedAt", s.authenticated_at as "authenticatedAt",
      s.ended_at as "endedAt", s.outcome, s.end_reason as "endReason", s.reason, s.steps
    from opencapf_private.session s
    where ${where.length === 0 ? sql`true` : sql.join(where, sql` and `)}
    order by s.id desc
    limit ${limit + 1}`.execute(database.queries);
  return pageOf(rows, limit, ({ id }) => id);
}
