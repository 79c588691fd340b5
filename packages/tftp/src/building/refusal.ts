import { TftpError, type TftpErrorCode, tftpErrors } from '../errors.js';
import { type Found, NotServed } from './served-file.js';

/**
 * Faults of what was given for a device or for the directory: there is no file until somebody mends that. All others, as of the signer or
 * of random bytes, are the service's own, and no phone is told that its file does not exist because of them.
 */
function isOfWhatWasGiven(code: TftpErrorCode): boolean {
  return /^(configuration|template)-/.test(code) || others.has(code);
}

const others: ReadonlySet<TftpErrorCode> = new Set<TftpErrorCode>([
  'capf-servers-unusable',
  'file-name-malformed',
  'file-phone-key-not-rsa',
  'file-phone-key-unusable',
  'file-too-long',
]);

/** What a fault says of a file that was looked for; undefined: it says nothing of that file. */
export function refusalOf(fault: unknown): Extract<Found, { found: false }> | undefined {
  if (fault instanceof NotServed) return { found: false, code: fault.code };
  if (!(fault instanceof TftpError) || !isOfWhatWasGiven(fault.code)) return undefined;
  const { code, message } = fault;
  // The catalogue's own sentence says no more than the code.
  return message === tftpErrors[code] ? { found: false, code } : { found: false, code, detail: message };
}
