import { ProtocolError } from '../errors.js';
import type { ElementCodec } from './codec.js';
import { readCountedBytes, writeCountedBytes } from './counted-bytes.js';

/** A signature with the id of its digest. `Bytes` is Buffer when read; any Uint8Array will do for sending. */
export interface Sha2SignedData<Bytes extends Uint8Array = Buffer> {
  /** See {@link DigestId}; any number is read. */
  readonly digestId: number;
  readonly signature: Bytes;
}

/** SHA2_SIGNED_DATA: digest id (1), length (2), signature (capf-wire-protocol.md, sections 3 and 6). */
export const sha2SignedData: ElementCodec<Sha2SignedData, Sha2SignedData<Uint8Array>> = {
  read(value) {
    const part = readCountedBytes(value, 0);
    if (part === undefined || part.end !== value.length) {
      return new ProtocolError('sha2-signed-data-element-malformed', `${value.length} bytes`);
    }
    return { digestId: part.first, signature: part.bytes };
  },
  write: ({ digestId, signature }) => writeCountedBytes('SHA2_SIGNED_DATA', digestId, signature),
};
