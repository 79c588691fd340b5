import type { RandomBytes } from './bytes.js';

/**
 * A certificate's serial number: 16 random bytes (126 random bits), big-endian. The first byte lies between 0x40 and
 * 0x7f, so that the number is positive and its DER content always is these 16 bytes (RFC 5280, 4.1.2.2).
 */
export function randomSerial(randomBytes: RandomBytes): Uint8Array {
  const serial = new Uint8Array(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
