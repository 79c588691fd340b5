import { ProtocolError } from '../errors.js';
import type { ElementCodec } from './codec.js';
import type { ElementName } from './element.js';
import { requireUnsigned } from './range.js';

/** An unsigned big-endian integer of a fixed size in bytes. Any value is legal: most number spaces are unverified. */
export function unsignedInteger(name: ElementName, size: 1 | 2): ElementCodec<number> {
  return {
    read(bytes) {
      return bytes.length === size
        ? bytes.readUIntBE(0, size)
        : new ProtocolError('element-length-wrong', `${name} has ${bytes.length} bytes instead of ${size}`);
    },
    write(input) {
      requireUnsigned(name, input, 256 ** size - 1);
      const bytes = Buffer.alloc(size);
      bytes.writeUIntBE(input, 0, size);
      return bytes;
    },
  };
}
