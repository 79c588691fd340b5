import { ProtocolError } from '../errors.js';
import type { ElementCodec } from './codec.js';
import { terminated } from './text.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** DEVICE_NAME: UTF-8 text and one NUL (capf-wire-protocol.md, section 3). Which names are allowed is not the wire's matter. */
export const deviceName: ElementCodec<string> = {
  read(bytes) {
    const textLength = bytes.length - 1;
    if (textLength < 0) return new ProtocolError('device-name-empty');
    if (bytes[textLength] !== 0) return new ProtocolError('device-name-without-nul');
    if (textLength === 0) return new ProtocolError('device-name-empty');
    if (bytes.indexOf(0) < textLength) return new ProtocolError('device-name-embedded-nul');
    try {
      return utf8.decode(bytes.subarray(0, textLength));
    } catch (cause) {
      return new ProtocolError('device-name-not-utf8', undefined, { cause });
    }
  },
  write(input) {
    if (input === '') throw new ProtocolError('wire-value-out-of-range', 'DEVICE_NAME cannot be empty');
    return terminated('DEVICE_NAME', input);
  },
};
