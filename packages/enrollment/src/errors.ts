/** Why an operation cannot be queued: each code with its meaning and what to do about it. */
const queueingErrors = {
  'operation-kind-unknown':
    'The operation is none of install (Install/Upgrade), delete and troubleshoot. To have none pending, cancel the one that is.',
  'authentication-mode-unknown':
    'The authentication mode is none of authenticationString (By Authentication String), nullString (By Null String), existingCertificateLscFirst and existingCertificateMicFirst (By Existing Certificate (Precedence to LSC or MIC)).',
  'authentication-string-malformed': 'An authentication string has 4 to 10 digits.',
  'authentication-string-unexpected':
    'An authentication string goes with the mode authenticationString only. Leave it out, or choose that mode.',
  'key-order-unknown':
    'The key order is none of rsaOnly (RSA Only), ecOnly (EC Only) and ecPreferred (EC Preferred, RSA Backup).',
  'key-size-unknown': 'RSA keys have 512, 1024, 2048, 3072 or 4096 bits, EC keys 256, 384 or 521.',
  'key-size-below-minimum':
    'The RSA key size is below OPENCAPF_MIN_RSA_KEY_SIZE. Ask for a larger key, or lower that setting.',
  'completes-by-malformed':
    'The time by which an operation must complete is ISO 8601 with Z or an offset, or YYYY:MM:DD:HH in UTC.',
  'allowed-networks-malformed':
    'The networks that an operation by null string is for are up to 100 addresses, or networks in CIDR form without bits beside the prefix (10.1.0.0/16, 2001:db8::/32). Leave them out for anywhere.',
  'allowed-networks-unexpected':
    'Allowed networks go with the mode nullString only. Leave them out, or choose that mode.',
  'completes-by-past': 'The time by which the operation must complete has passed. Give a later one, or leave it out.',
} as const;

/** Why a certificate may not enter the trust store. */
const trustErrors = {
  'trust-name-reserved':
    'The common name of a CA that is to sign LSCs holds "CAPF-", which is reserved for CAPF certificates. Use a CA of another name, or, for the CAPF of another cluster, ?purpose=foreignCapf.',
  'trust-issuer-of-ours':
    'This is the key of an issuer of LSCs here, which is believed without the trust store, by what is on record. Leave it out.',
} as const;

/** Why a certificate authority cannot be asked. */
const authorityErrors = {
  'authority-unusable':
    'The certificate authority that is to issue for the device cannot be used as it is set up. Correct its settings, or give the device another one.',
} as const;

/** Every error of this package: code, and what it means and what to do about it. */
export const enrollmentErrors = { ...queueingErrors, ...trustErrors, ...authorityErrors } as const;

/** The closed union of the error codes of this package's own. */
export type EnrollmentErrorCode = keyof typeof enrollmentErrors;

/** The one error class of this package; switch on `code`. */
export class EnrollmentError extends Error {
  override readonly name = 'EnrollmentError';
  readonly code: EnrollmentErrorCode;

  /** @param detail - What was met here, in words; never an authentication string. */
  constructor(code: EnrollmentErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? enrollmentErrors[code] : `${enrollmentErrors[code]} (${detail})`, options);
    this.code = code;
  }
}
