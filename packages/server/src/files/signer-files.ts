import { join } from 'node:path';
import { pemBundle } from '@opencapf/pki';
import { type Database, readTrustListContent } from '@opencapf/store';
import { replaceFile } from '../start/identity.js';

/**
 * Writes `tftp.pem` (signs configuration files) and `sast.pem` (signs trust lists: the recovery signer while it does), without keys,
 * for clients; and `tftp-https.pem`, whom phones meet where files are served over HTTPS, once that was switched on.
 */
export async function writeSignerFiles(database: Database, dataDir: string): Promise<void> {
  const { plan, signers } = await readTrustListContent(database.queries);
  for (const [file, signer] of [
    ['tftp.pem', 'tftp'],
    ['sast.pem', plan.signedBy],
    ['tftp-https.pem', 'https'],
  ] as const) {
    const active = signers.filter(({ purpose, state }) => purpose === signer && state === 'active');
    if (signer === 'https' && active.length === 0) continue;
    await replaceFile(join(dataDir, file), pemBundle(active.map(({ certificate }) => certificate)));
  }
}
