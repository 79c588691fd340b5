import type { Database } from '../../database/connect.js';

/**
 * The LSC by which a phone shows itself now: the one that the relation `device` shows, installed, neither superseded, deleted nor
 * revoked, and within its dates.
 *
 * @returns DER; undefined without one
 */
export async function validLscOf(database: Database, device: string): Promise<Buffer | undefined> {
  const { rows } = await database.prepared<{ readonly der: Buffer }>(
    'valid-lsc-of-device',
    `select c.der from opencapf_private.device d
     join opencapf_private.certificate c on c.id = d.lsc_certificate_id and c.id = d.published_certificate_id
     where d.name = $1 and now() between c.not_before and c.not_after`,
    [device],
  );
  return rows[0]?.der;
}
