import { ProtocolError } from '../errors.js';
import type { ElementName } from './element.js';

/** A text as UTF-8 with one NUL behind it. A text with a NUL or half a surrogate pair in it cannot be expressed. */
export function terminated(name: ElementName, text: string): Uint8Array {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) {
    throw new ProtocolError('wire-value-out-of-range', `${name} has a character that the wire cannot carry`);
  }
  return Buffer.from(`${text}\0`, 'utf8');
}
