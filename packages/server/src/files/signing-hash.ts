import type { ServiceWarning } from '@opencapf/admin-api';
import { countDevicesByModel, type Database, settings as declarations, type SettingValues } from '@opencapf/store';
import { type FileHash, isKnownToTakeSha512 } from '@opencapf/tftp';

/** With what phones' files are signed, and what to say about it. */
export interface SigningHash {
  readonly hash: FileHash;
  readonly warning?: ServiceWarning;
}

/** Devices that a warning names. */
const mostNamed = 20;

/**
 * SHA-512 is used for all phones at once, and those that do not know it stop working (encrypted-phone-configuration-file-setup.md).
 * While devices are of models that are not known to take it, it waits for somebody's word.
 */
export async function signingHash(
  database: Database,
  { tftpHash, tftpHashConfirmed }: Pick<SettingValues, 'tftpHash' | 'tftpHashConfirmed'>,
): Promise<SigningHash> {
  if (tftpHash === 'sha1' || tftpHashConfirmed) return { hash: tftpHash };
  const unknown = (await countDevicesByModel(database)).filter(({ model }) => !isKnownToTakeSha512(model));
  const n = unknown.reduce((sum, one) => sum + one.n, 0);
  if (n === 0) return { hash: tftpHash };
  const named = unknown.flatMap(({ first, model }) => first.map((name) => `${name} (${model ?? 'no model'})`));
  const more = n > mostNamed ? ', ...' : '';
  const message = `${declarations.tftpHash.name} is sha512, and of ${n} devices it is not known that they take it: ${named.slice(0, mostNamed).join(', ')}${more}. Files are signed with SHA-1 until ${declarations.tftpHashConfirmed.name}=on says that all of them do.`;
  return { hash: 'sha1', warning: { code: 'tftp-hash-unconfirmed', message } };
}
