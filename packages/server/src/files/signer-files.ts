import { join } from 'node:path';
import { pemBundle } from '@opencapf/pki';
import { type Database, listFileSigners } from '@opencapf/store';
import { replaceFile } from '../start/identity.js';

/** Certificates of those who sign now, DER. */
export interface ActiveSigners {
  readonly tftp: readonly Uint8Array[];
  readonly sast: readonly Uint8Array[];
}

export async function activeSigners(database: Database): Promise<ActiveSigners> {
  const signers = (await listFileSigners(database.queries)).filter(({ state }) => state === 'active');
  const of = (wanted: 'tftp' | 'sast'): readonly Uint8Array[] =>
    signers.filter(({ purpose }) => purpose === wanted).map(({ certificate }) => certificate);
  return { tftp: of('tftp'), sast: of('sast') };
}

/** Writes `tftp.pem` (signs configuration files) and `sast.pem` (signs trust lists), without keys, for clients. */
export async function writeSignerFiles(dataDir: string, { tftp, sast }: ActiveSigners): Promise<void> {
  await replaceFile(join(dataDir, 'tftp.pem'), pemBundle(tftp));
  await replaceFile(join(dataDir, 'sast.pem'), pemBundle(sast));
}
