import { join } from 'node:path';
import { pemBundle } from '@opencapf/pki';
import type { PhoneFileSigners } from '@opencapf/tftp';
import { replaceFile } from '../start/identity.js';

/** Writes `tftp.pem` (signs configuration files) and `sast.pem` (signs trust lists), without keys, for clients. */
export async function writeSignerFiles(
  dataDir: string,
  { tftp, sast }: Pick<PhoneFileSigners, 'tftp' | 'sast'>,
): Promise<void> {
  await replaceFile(join(dataDir, 'tftp.pem'), pemBundle([tftp]));
  await replaceFile(join(dataDir, 'sast.pem'), pemBundle([sast]));
}
