import { sql } from 'kysely';
import type { Queries } from '../../database/connect.js';
import type { Author } from '../administration/author.js';

/** Who did what to whom, from where. Never a secret. */
export interface AuditEvent {
  /** The name of a token, a device, a node, or `system`. */
  readonly actor: string;
  /** What was done, in words joined by dots: `setting.change`. */
  readonly action: string;
  /** `done` unless it says otherwise, such as `refused`. */
  readonly outcome?: string;
  readonly subjectKind?: string;
  readonly subject?: string;
  readonly remoteAddress?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * Writes an entry to the audit, in the caller's transaction: the change and its entry happen together or not at all.
 *
 * @returns the entry's id
 */
export async function recordAudit(queries: Queries, event: AuditEvent): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select opencapf_private.audit(
      actor => ${event.actor}::text,
      action => ${event.action}::text,
      outcome => ${event.outcome ?? 'done'}::text,
      subject_kind => ${event.subjectKind ?? null}::text,
      subject => ${event.subject ?? null}::text,
      remote_address => ${event.remoteAddress ?? null}::text,
      detail => ${JSON.stringify(event.detail ?? {})}::jsonb
    ) as id`.execute(queries);
  const [row] = rows;
  if (row === undefined) throw new TypeError('opencapf_private.audit returned no row');
  return row.id;
}

/** Writes what an administrator did to one thing. @param detail - never a secret */
export async function recordDeed(
  queries: Queries,
  author: Author,
  action: string,
  [subjectKind, subject]: readonly [kind: string, name: string],
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await recordAudit(queries, {
    actor: author.name,
    action,
    subjectKind,
    subject,
    remoteAddress: author.remoteAddress,
    detail,
  });
}
