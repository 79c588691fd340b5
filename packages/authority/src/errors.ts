import type { PkiErrorCode } from '@opencapf/pki';

/** Every error of this package's own: code, and what it means and what to do about it. */
export const authorityErrors = {
  'authority-setting-invalid': 'A setting of this certificate authority is out of range. Correct it.',
  'certificate-too-large':
    'The certificate would be larger than phones can take in one message. Shorten the URLs or names in the settings of the issuer.',
  'prepared-certificate-unknown':
    'The prepared certificate was not made by this authority in this process. Resume it from what was committed.',
  'prepared-certificate-spent': 'The prepared certificate was given to be signed before. Each is signed once.',
  'intended-certificate-mismatch':
    'The committed certificate is not one of this issuer for this device and serial number. Nothing was signed.',
  'intended-certificate-expired': 'The committed certificate has expired before it was signed. Prepare a new one.',
} as const;

/** The closed union of the error codes of this package's own; errors of `pki` pass through with their own codes. */
export type AuthorityErrorCode = keyof typeof authorityErrors;

/** What the calls of an authority can fail with. */
export type AuthorityFailureCode = AuthorityErrorCode | PkiErrorCode;

/** The one error class of this package; switch on `code`. */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError';
  readonly code: AuthorityErrorCode;

  /**
   * @param code - One of the catalogue's codes.
   * @param detail - What exactly is wrong, in words, without secrets; the catalogue's sentence stands in for it.
   */
  constructor(code: AuthorityErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? authorityErrors[code], options);
    this.code = code;
  }
}
