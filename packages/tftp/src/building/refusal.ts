import { TftpError, type TftpErrorCode, tftpErrors } from '../errors.js';
import { type Found, NotServed } from './served-file.js';

/**
 * Faults of what was given for a device or for the directory: there is no file until somebody mends that. All others, as of the signer or
 * of random bytes, are the service's own, and no phone is told that its file does not exist because of them.
 */
const faultsOfWhatWasGiven: ReadonlySet<TftpErrorCode> = new Set<TftpErrorCode>([
  'capf-servers-unusable',
  'configuration-doctype-refused',
  'configuration-element-repeated',
  'configuration-element-unexpected',
  'configuration-encoding-unsupported',
  'configuration-encoding-wrong',
  'configuration-malformed',
  'configuration-root-unexpected',
  'configuration-too-long',
  'configuration-too-many-elements',
  'file-name-malformed',
  'file-phone-key-not-rsa',
  'file-phone-key-unusable',
  'file-too-long',
  'template-field-malformed',
  'template-field-unknown',
]);

/** What a fault says of a file that was looked for; undefined: it says nothing of that file. */
export function refusalOf(fault: unknown): Extract<Found, { found: false }> | undefined {
  if (fault instanceof NotServed) return { found: false, code: fault.code };
  if (!(fault instanceof TftpError) || !faultsOfWhatWasGiven.has(fault.code)) return undefined;
  const { code, message } = fault;
  // The catalogue's own sentence says no more than the code.
  return message === tftpErrors[code] ? { found: false, code } : { found: false, code, detail: message };
}
