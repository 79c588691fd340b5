import type { Database } from '../../database/connect.js';
import type { AuthorityRequestState } from '../../database/tables.js';
import type { OperationAtWork } from '../operations/operation-at-work.js';

/** How a request to an authority elsewhere ended. */
export type RequestEnd =
  | { readonly state: 'issued'; readonly certificate: number; readonly der: Buffer }
  /** Another attempt would come to the same. */
  | { readonly state: 'denied' | 'failed'; readonly code: string; readonly words: string }
  /** Nobody can say what came of it, or nobody wants it any more. */
  | { readonly state: 'abandoned'; readonly code: string; readonly words: string };

/** What an authority elsewhere was asked for last, for an operation. */
export interface AskedCertificate {
  readonly certificate: number;
  readonly issuer: number;
  /** Undefined while the authority has not answered. */
  readonly end: RequestEnd | undefined;
  /** Of an issued one: whether it may go to the phone. It may not when the phone refused it, it was revoked, or has ended. */
  readonly usable: boolean;
}

interface EndRow {
  readonly certificate: number;
  readonly state: AuthorityRequestState;
  readonly der: Buffer | null;
  readonly code: string | null;
  readonly words: string | null;
}

interface AskedRow extends EndRow {
  readonly issuer: number;
  readonly usable: boolean;
}

/** The last certificate of this operation, where an authority elsewhere was asked for it. */
export async function readAskedCertificate(
  database: Database,
  operation: number,
  now: Date,
): Promise<AskedCertificate | undefined> {
  const { rows } = await database.prepared<AskedRow>(
    'read-asked-certificate',
    `select c.id as certificate, r.issuer_id as issuer, r.state, c.der, r.reason_code as code, r.reason as words,
       r.refused_at is null and c.revoked_at is null and coalesce(c.not_after > $2, false) as usable
     from opencapf_private.certificate c
     join opencapf_private.authority_request r on r.certificate_id = c.id
     where c.operation_id = $1 order by c.id desc limit 1`,
    [operation, now],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { certificate: row.certificate, issuer: row.issuer, end: endOf(row), usable: row.usable };
}

/** Of these requests, by the ids of their certificates, those that have ended, whichever node ended them. */
export async function readRequestEnds(
  database: Database,
  certificates: readonly number[],
): Promise<ReadonlyMap<number, RequestEnd>> {
  const { rows } = await database.prepared<EndRow>(
    'read-request-ends',
    `select c.id as certificate, r.state, c.der, r.reason_code as code, r.reason as words
     from opencapf_private.authority_request r join opencapf_private.certificate c on c.id = r.certificate_id
     where r.certificate_id = any ($1::bigint[]) and r.ended_at is not null`,
    [certificates],
  );
  return new Map(
    rows.flatMap((row) => {
      const end = endOf(row);
      return end === undefined ? [] : [[row.certificate, end] as const];
    }),
  );
}

/** The phone would not store a certificate that it was sent: it is asked for a new key next time. */
export async function noteRefused(
  database: Database,
  { operation, session }: OperationAtWork,
  certificate: number,
): Promise<void> {
  await database.prepared(
    'note-refused',
    `update opencapf_private.authority_request r set refused_at = now()
     from opencapf_private.operation o
     where r.certificate_id = $3 and o.id = $1 and o.session_id = $2 and o.state = 'inProgress'`,
    [operation, session, certificate],
  );
}

function endOf({ certificate, state, der, code, words }: EndRow): RequestEnd | undefined {
  if (der !== null) return { state: 'issued', certificate, der };
  switch (state) {
    case 'denied':
    case 'failed':
    case 'abandoned':
      return { state, code: code ?? 'certificate-request-ended', words: words ?? '' };
    default:
      return undefined;
  }
}
