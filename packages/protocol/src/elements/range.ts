import { ProtocolError } from '../errors.js';

/** @throws ProtocolError `wire-value-out-of-range` unless the value is a whole number from 0 to `maximum`. */
export function requireUnsigned(what: string, value: number, maximum: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new ProtocolError('wire-value-out-of-range', `${what} ${value}`);
  }
}

/** @throws ProtocolError `wire-message-too-large` unless so many bytes can be said in a 2-byte length. */
export function requireCountable(what: string, bytes: number): void {
  if (bytes > 0xffff) throw new ProtocolError('wire-message-too-large', `${what} of ${bytes} bytes`);
}
