import type { Database } from '../../database/connect.js';
import { type SeenCertificate, seenFacts } from '../certificates/seen-certificate.js';
import { type SessionBeginning, sessionFacts } from '../sessions/session-facts.js';

/** What a phone has proved, and what follows for the record. */
export interface ProvenIdentity {
  /** DER of every certificate that the proof rests on. */
  readonly shown: readonly Uint8Array[];
  /** The MIC among them, which is recorded. */
  readonly mic: SeenCertificate | undefined;
  /** The LSC on record when the proof was judged; see `readKeyOnRecord`. */
  readonly expectedLsc: number | undefined;
  /** An LSC whose acknowledgement was lost: it is installed. */
  readonly installed: number | undefined;
  /** The LSC on record is gone from the phone: the contract falls back to the MIC. */
  readonly lscGone: boolean;
  /** Whether a SUDI proof was verified. */
  readonly sudi: boolean;
  /** Codes, for the audit. */
  readonly warnings: readonly string[];
  /** When it was proved. */
  readonly moment: Date;
}

/** What came of {@link beginProvenOperation}; nothing was recorded unless it has begun. */
export type ProvenBeginning =
  | { readonly outcome: 'begun'; readonly session: number }
  /** The operation has ended. */
  | { readonly outcome: 'gone' }
  /** A certificate was revoked, or the LSC on record is another, since the proof was judged. */
  | { readonly outcome: 'changed' };

/**
 * As `beginOperation`, of a phone that proved itself with a certificate it has. What follows from the proof is recorded in the
 * same statement, and only if what it rests on still holds.
 */
export async function beginProvenOperation(
  database: Database,
  operation: number,
  beginning: SessionBeginning,
  proven: ProvenIdentity,
): Promise<ProvenBeginning> {
  const { rows } = await database.prepared<{ outcome: ProvenBeginning['outcome']; id: number }>(
    'begin-proven-operation',
    'select * from opencapf_private.begin_proven_operation($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [
      operation,
      sessionFacts(beginning),
      proven.shown.map((der) => Buffer.from(der)),
      proven.mic && seenFacts(proven.mic),
      proven.expectedLsc,
      proven.installed,
      proven.lscGone,
      proven.sudi,
      JSON.stringify(proven.warnings),
      proven.moment,
    ],
  );
  const [row] = rows;
  return row?.outcome === 'begun'
    ? { outcome: 'begun', session: row.id }
    : { outcome: row?.outcome === 'gone' ? 'gone' : 'changed' };
}

/** Notes that a SUDI proof of this device was verified, if it was the first. */
export async function noteSudi(database: Database, device: number, moment: Date): Promise<void> {
  await database.prepared('note-sudi', 'select opencapf_private.note_sudi($1, $2)', [device, moment]);
}
