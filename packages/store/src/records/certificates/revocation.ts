import type { Database } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { againAfterDeadlock } from '../deadlock.js';

/** The reasons of RFC 5280, 5.3.1, but for those that can be taken back (`certificateHold`, `removeFromCRL`). */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
  'aACompromise',
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

/** What came of {@link revokeCertificate}. */
export type Revoked = 'revoked' | 'revokedBefore' | 'unknown';

/**
 * Revokes a certificate, of whatever kind and in whatever state, for good. A session that was about to issue or to
 * install it cannot; if the contract shows it, that falls back to the MIC on record, else to nothing, and is announced.
 *
 * @param certificate - its number
 */
export async function revokeCertificate(
  database: Database,
  certificate: number,
  reason: RevocationReason,
  author: Author,
): Promise<Revoked> {
  return await againAfterDeadlock(async () => {
    const { rows } = await database.prepared<{ outcome: Revoked | null }>(
      'revoke-certificate',
      'select opencapf_private.revoke_certificate($1, $2, $3, $4) as outcome',
      [certificate, reason, author.name, author.remoteAddress],
    );
    return rows[0]?.outcome ?? 'unknown';
  });
}

/**
 * Takes it from an administrator that a phone has lost its LSC, as by a factory reset: the LSC counts as deleted. Whoever
 * shows it from now on is refused.
 *
 * @returns `none`: no LSC is on record, and nothing was changed
 */
export async function forgetLsc(
  database: Database,
  deviceName: string,
  author: Author,
): Promise<'forgotten' | 'none' | 'unknown'> {
  return await againAfterDeadlock(async () => {
    const { rows } = await database.prepared<{ outcome: 'forgotten' | 'none' | null }>(
      'forget-lsc',
      'select opencapf_private.forget_lsc($1, $2, $3) as outcome',
      [deviceName, author.name, author.remoteAddress],
    );
    return rows[0]?.outcome ?? 'unknown';
  });
}
