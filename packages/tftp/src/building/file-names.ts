/** A file that somebody asked for, by its name. */
export type RequestedFile =
  | { readonly kind: 'configuration'; readonly device: string; readonly form: ConfigurationForm }
  | { readonly kind: 'trust-list'; readonly list: 'itl' | 'ctl'; readonly device: string | undefined }
  | { readonly kind: 'static'; readonly path: string };

/** A device's configuration: as it is, `.sgn`, or `.enc.sgn`. */
export type ConfigurationForm = 'plain' | 'signed' | 'encrypted';

/** Characters of a name; longer ones nobody has. */
const longestName = 255;

const forms: Readonly<Record<string, ConfigurationForm>> = { '': 'plain', '.sgn': 'signed', '.enc.sgn': 'encrypted' };

/** What phones ask for before anybody has added them; it belongs to no device. */
const defaultConfiguration = /^XMLDefault\.cnf\.xml(\.sgn)?$/;

/**
 * Reads a file's name: one and the same for HTTP and TFTP, exact to the letter.
 *
 * Whatever ends like a device's configuration is one, of the device whose name stands before. A name that only holds that ending, as an
 * editor's copy of such a file does, is none, so that no configuration is given from the directory while encryption is on.
 *
 * @param name - decoded, without a leading slash
 * @returns undefined for a name that no file has: too long, with other characters than printable ASCII, or one that leads elsewhere
 */
export function readFileName(name: string): RequestedFile | undefined {
  if (name.length > longestName || !/^[\x20-\x7e]+$/.test(name)) return undefined;
  const [, listed, of = ''] = /^(ITL|CTL)(.*)\.tlv$/.exec(name) ?? [];
  if (listed !== undefined) {
    if (of !== 'File' && !isDeviceName(of)) return undefined;
    return { kind: 'trust-list', list: listed === 'ITL' ? 'itl' : 'ctl', device: of === 'File' ? undefined : of };
  }
  if (defaultConfiguration.test(name)) return { kind: 'static', path: name };
  const [, device = '', extension = ''] = /^(.*)\.cnf\.xml(\.sgn|\.enc\.sgn)?$/i.exec(name) ?? [];
  if (/\.cnf\.xml/i.test(name)) {
    const form = forms[extension];
    const isExact = name === `${device}.cnf.xml${extension}`;
    return isExact && form !== undefined && isDeviceName(device) ? { kind: 'configuration', device, form } : undefined;
  }
  return staysInside(name) ? { kind: 'static', path: name } : undefined;
}

/** As devices are named: no dots, no slashes. */
function isDeviceName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** No part is hidden or leads up; no drive, no other separator. */
function staysInside(path: string): boolean {
  return !/[\\:]/.test(path) && path.split('/').every((part) => part !== '' && !part.startsWith('.'));
}
