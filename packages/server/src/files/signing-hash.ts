import type { ServiceWarning } from '@opencapf/admin-api';
import { countDevicesByModel, type Database, settings as declarations, type SettingValues } from '@opencapf/store';
import { type FileHash, isKnownToTakeSha512 } from '@opencapf/tftp';

/** With what phones' files are signed, and what to say about it. */
export interface SigningHash {
  readonly hash: FileHash;
  /** For everybody: `/readyz` asks for no token, and so it names no device. */
  readonly warning?: ServiceWarning;
  /** The same with the first devices by name. */
  readonly named?: ServiceWarning;
}

/** Devices that a warning names. */
const mostNamed = 20;

/**
 * SHA-512 is used for all phones at once, and those that do not know it stop working (encrypted-phone-configuration-file-setup.md): it
 * waits for somebody's word. The settings alone decide, so that all nodes of a site agree whenever they were started.
 */
export async function signingHash(
  database: Database,
  { tftpHash, tftpHashConfirmed }: Pick<SettingValues, 'tftpHash' | 'tftpHashConfirmed'>,
): Promise<SigningHash> {
  if (tftpHash === 'sha1' || tftpHashConfirmed) return { hash: tftpHash };
  const unknown = (await countDevicesByModel(database)).filter(({ model }) => !isKnownToTakeSha512(model));
  const n = unknown.reduce((sum, one) => sum + one.n, 0);
  const names = unknown.flatMap(({ first, model }) => first.map((name) => `${name} (${model ?? 'no model'})`));
  const list = n === 0 ? '' : `: ${names.slice(0, mostNamed).join(', ')}${n > mostNamed ? ', ...' : ''}`;
  const told = (devices: string): ServiceWarning => ({
    code: 'tftp-hash-unconfirmed',
    message: `${declarations.tftpHash.name} is sha512, and of ${n} devices it is not known that they take it${devices}. Files are signed with SHA-1 until ${declarations.tftpHashConfirmed.name}=on says that all phones do.`,
  });
  return { hash: 'sha1', warning: told(n === 0 ? '' : ' ("opencapf itl status" names them)'), named: told(list) };
}
