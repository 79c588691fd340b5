import { readFileName } from '@opencapf/tftp';
import { AdminApiError } from './errors.js';

/**
 * The kind of device that a name belongs to. Names stand in the database, in the address of a call and on the wire in the
 * same form; one that is written otherwise is refused and never guessed at, since a phone would not be found by it.
 *
 * @throws AdminApiError `device-name-invalid`
 */
export function kindOfDevice(name: string): 'phone' | 'softphone' {
  if (/^SEP[0-9A-F]{12}$/.test(name)) return 'phone';
  const digits = name.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');
  if (/^SEP/i.test(name)) {
    throw new AdminApiError(
      'device-name-invalid',
      /^SEP[0-9A-F]{12}$/.test(digits) ? `did you mean ${digits}?` : undefined,
    );
  }
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name) && !/^CAPF-/i.test(name)) return 'softphone';
  throw new AdminApiError('device-name-invalid');
}

/** The file of all phones that one of a device of this name would be, as `ITLFile.tlv` of a device named `File`. */
export function fileOfAllPhones(name: string): string | undefined {
  return [`${name}.cnf.xml`, `ITL${name}.tlv`, `CTL${name}.tlv`].find((file) => {
    const requested = readFileName(file);
    return requested !== undefined && (requested.kind === 'static' || requested.device !== name);
  });
}
