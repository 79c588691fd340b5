import type { ProtocolError } from '../errors.js';

/**
 * How the value of one kind of element reads and is written.
 *
 * `read` never throws: a fault in the bytes is its return value. What it returns may share memory with `bytes`.
 * `write` throws a {@link ProtocolError} `wire-value-out-of-range` when the input cannot be expressed.
 */
export interface ElementCodec<Value, Input = Value> {
  read(bytes: Buffer): Value | ProtocolError;
  write(input: Input): Uint8Array;
}
