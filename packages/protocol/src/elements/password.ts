import type { ElementCodec } from './codec.js';
import { terminated } from './text.js';

/**
 * PASSWORD: text and one NUL; the single byte 00 means none (capf-wire-protocol.md, section 3).
 *
 * Read as the bytes before that NUL, empty for none, and never a fault: what is no proper text is a wrong password and
 * nothing worse, so it is left to the comparison. Given as text.
 */
export const password: ElementCodec<Buffer, string> = {
  read: (bytes) => (bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes),
  write: (input) => terminated('PASSWORD', input),
};
