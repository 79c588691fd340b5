import type { ElementCodec } from './codec.js';

/** Bytes that are handed on as they are: signatures, DER, and values whose layout is unknown. */
export const opaque: ElementCodec<Buffer, Uint8Array> = {
  read: (bytes) => bytes,
  write: (input) => input,
};
