import { TftpError } from '../errors.js';
import { findModel, manualKeyOf, type PhoneProtocol } from '../models/index.js';

/** Bits of the key that is entered by hand on phones of a model; undefined when it takes none, or nobody knows. */
export function symmetricKeyBits(model: string | null, protocol: PhoneProtocol | null): 128 | 256 | undefined {
  const facts = findModel(model);
  return facts === undefined ? undefined : manualKeyOf(facts, protocol)?.bits;
}

/**
 * Reads a key as it is entered on a phone (encrypted-phone-configuration-file-setup.md, "Manual Key Distribution Settings").
 *
 * @param text - 32 or 64 hexadecimal digits in either case
 * @throws TftpError `symmetric-key-malformed`; zeros alone are what clears a key on the phone
 */
export function readSymmetricKeyText(text: string): Buffer {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i.test(text) || /^0+$/.test(text))
    throw new TftpError('symmetric-key-malformed');
  return Buffer.from(text, 'hex');
}
