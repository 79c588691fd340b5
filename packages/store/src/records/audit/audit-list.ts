import type { Database } from '../../database/connect.js';
import { type Page, pageOf } from '../page.js';

/** An entry of the audit as administrators see it. */
export interface AuditRecord {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly remoteAddress: string | null;
  readonly action: string;
  readonly subjectKind: string | null;
  readonly subject: string | null;
  readonly outcome: string;
  readonly detail: object;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
  readonly remoteAddress?: string | undefined;
  /** Included. */
  readonly from?: Date | undefined;
  /** Not included. */
  readonly until?: Date | undefined;
}

/** Entries of the audit, the newest first. @param before - the number that the page before ended with */
export async function listAudit(
  database: Database,
  { actor, subject, action, outcome, remoteAddress, from, until }: AuditFilter,
  limit: number,
  before: number | undefined,
): Promise<Page<AuditRecord, number>> {
  const rows = await database.queries
    .selectFrom('audit_entry')
    .select([
      'id',
      'at',
      'actor',
      'remote_address as remoteAddress',
      'action',
      'subject_kind as subjectKind',
      'subject',
      'outcome',
      'detail',
    ])
    .$if(actor !== undefined, (query) => query.where('actor', '=', actor ?? ''))
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
    .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
    .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome ?? ''))
    .$if(remoteAddress !== undefined, (query) => query.where('remote_address', '=', remoteAddress ?? ''))
    .$if(from !== undefined, (query) => query.where('at', '>=', from ?? new Date(0)))
    .$if(until !== undefined, (query) => query.where('at', '<', until ?? new Date(0)))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, ({ id }) => id);
}
