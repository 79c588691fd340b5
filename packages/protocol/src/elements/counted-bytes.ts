import type { ElementName } from './element.js';
import { requireCountable, requireUnsigned } from './range.js';

/** A byte, a 2-byte length and that many bytes: the form of SHA2_SIGNED_DATA and of each part of SUDI_DATA. */
export interface CountedBytes {
  readonly first: number;
  readonly bytes: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

const headBytes = 3;

/** The counted bytes at `offset`, or undefined if they do not fit into `value`. */
export function readCountedBytes(value: Buffer, offset: number): CountedBytes | undefined {
  const start = offset + headBytes;
  if (start > value.length) return undefined;
  const end = start + value.readUInt16BE(offset + 1);
  if (end > value.length) return undefined;
  return { first: value.readUInt8(offset), bytes: value.subarray(start, end), end };
}

/** The bytes of one. @throws ProtocolError `wire-value-out-of-range`, `wire-message-too-large` */
export function writeCountedBytes(name: ElementName, first: number, bytes: Uint8Array): Buffer {
  requireUnsigned(`first byte in ${name}`, first, 0xff);
  requireCountable(`a part of ${name}`, bytes.length);
  const head = Buffer.from([first, 0, 0]);
  head.writeUInt16BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
