import { PhoneError } from '../errors.js';

const last = 0xff_ff_ff_ff_ff_ff;

/**
 * Names of so many phones, counted up from the first in its hexadecimal digits.
 *
 * @param first - `SEP` and 12 hexadecimal digits.
 * @throws PhoneError `load-names-invalid` when it is none, or when the digits do not suffice.
 */
export function deviceNames(first: string, count: number): readonly string[] {
  const [, digits] = /^SEP([0-9A-F]{12})$/.exec(first) ?? [];
  if (digits === undefined) throw new PhoneError('load-names-invalid', first);
  const start = Number.parseInt(digits, 16);
  if (start + count - 1 > last) throw new PhoneError('load-names-invalid', `${count} from ${first} on`);
  return Array.from({ length: count }, (_, index) => nameOf(start + index));
}

/**
 * Reads a list of phones: on each line a device name, and behind a blank its authentication string if it has one. Empty
 * lines and what follows a `#` do not count.
 *
 * @throws PhoneError `load-names-invalid` for a line of three words, a name that comes twice, or nothing at all.
 */
export function readDeviceList(text: string): readonly { readonly name: string; readonly authString?: string }[] {
  const phones = text.split(/\r?\n/).flatMap((line) => {
    const [name, authString, ...more] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (more.length > 0) throw new PhoneError('load-names-invalid', line);
    return name === undefined || name === '' ? [] : [{ name, ...(authString === undefined ? {} : { authString }) }];
  });
  const names = new Set<string>();
  for (const { name } of phones) {
    if (names.has(name)) throw new PhoneError('load-names-invalid', `${name} comes twice`);
    names.add(name);
  }
  if (phones.length === 0) throw new PhoneError('load-names-invalid', 'the list is empty');
  return phones;
}

function nameOf(number: number): string {
  return `SEP${number.toString(16).toUpperCase().padStart(12, '0')}`;
}
