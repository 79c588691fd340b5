import type { Database } from '../../database/connect.js';
import { lockSubject } from '../locks.js';
import { facts, insert, is, type NewTrustCertificate, removeRow, type TrustPurpose } from './trust-certificates.js';

/** A certificate that stands in a file of the CAPF-trust directory. */
export interface TrustFileCertificate extends NewTrustCertificate {
  readonly purpose: TrustPurpose;
  /** Without its directory. */
  readonly fileName: string;
}

/** What {@link syncTrustFiles} changed, in subjects. */
export interface TrustFilesSynced {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Makes the trust store hold what stands in files: new ones come, and those whose file is gone go, unless they were
 * uploaded too. What was uploaded before keeps its purpose.
 *
 * @param unreadable - names of files that are there but cannot be read: what they held before stays
 */
export async function syncTrustFiles(
  database: Database,
  certificates: readonly TrustFileCertificate[],
  unreadable: readonly string[],
): Promise<TrustFilesSynced> {
  const author = { name: 'system' };
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'trust-store');
    const rows = await queries.selectFrom('trust_certificate').selectAll().execute();
    const known = new Map(rows.map((row) => [row.sha256.toString('hex'), row]));
    const added: string[] = [];
    const present = new Set<string>();
    for (const certificate of certificates) {
      const { sha256, fileName, purpose, subject } = certificate;
      if (present.has(sha256)) continue;
      present.add(sha256);
      const before = known.get(sha256);
      if (before === undefined) {
        await insert(queries, certificate, { purpose, uploaded: false, fileName, allowExpired: false }, author);
        added.push(subject);
      } else if (before.file_name !== fileName) {
        await queries.updateTable('trust_certificate').set({ file_name: fileName }).where(is(sha256)).execute();
      }
    }
    const removed: string[] = [];
    for (const [sha256, row] of known) {
      if (row.file_name === null || present.has(sha256) || unreadable.includes(row.file_name)) continue;
      if (row.uploaded) {
        await queries.updateTable('trust_certificate').set({ file_name: null }).where(is(sha256)).execute();
      } else {
        await removeRow(queries, facts(row), author);
        removed.push(row.subject);
      }
    }
    return { added, removed };
  });
}
