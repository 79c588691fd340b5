import type { PkiErrorCode } from '@opencapf/pki';

/**
 * What is to be done about a request that an error ended:
 * `fail`: another attempt would come to the same.
 * `retry`: the authority certainly did not take it; the same request is sent again later.
 * `reconcile`: the authority may have taken it; it is to be found out what came of it.
 */
export type Consequence = 'fail' | 'retry' | 'reconcile';

interface Entry {
  readonly text: string;
  readonly consequence: Consequence;
}

const catalogue = {
  'authority-setting-invalid': {
    text: 'A setting of this certificate authority is out of range. Correct it.',
    consequence: 'fail',
  },
  'authority-key-unusable': {
    text: 'The private key of this certificate authority cannot be used where its record says that it lies. Put it there, on each node.',
    consequence: 'retry',
  },
  'certificate-too-large': {
    text: 'The certificate would be larger than phones can take in one message. Shorten the URLs or names in the settings of the issuer.',
    consequence: 'fail',
  },
  'prepared-certificate-unknown': {
    text: 'The prepared certificate was not made by this authority in this process. Resume it from what was committed.',
    consequence: 'retry',
  },
  'prepared-certificate-spent': {
    text: 'The prepared certificate was given to be signed before. Each is signed once.',
    consequence: 'reconcile',
  },
  'intended-certificate-mismatch': {
    text: 'The committed certificate is not one of this issuer for this device and serial number. Nothing was signed.',
    consequence: 'fail',
  },
  'intended-certificate-expired': {
    text: 'The committed certificate has expired before it was signed. Prepare a new one.',
    consequence: 'fail',
  },
  'authority-unreachable': {
    text: 'The certificate authority cannot be reached. Check host and port in its settings, DNS, and the firewall between.',
    consequence: 'retry',
  },
  'authority-certificate-untrusted': {
    text: "The authority's HTTPS certificate is not vouched for by the trust anchor for HTTPS, or is for another host. Correct the host, or the trust anchor.",
    consequence: 'retry',
  },
  'authority-login-refused': {
    text: 'The authority does not accept the user name, password, secret or client certificate. Correct them in its settings.',
    consequence: 'retry',
  },
  'authority-not-found': {
    text: 'The host answers, but what was asked for is not there. Check path, label and kind of the authority in its settings.',
    consequence: 'retry',
  },
  'authority-busy': {
    text: 'The authority says that it cannot take requests now. They are sent again later.',
    consequence: 'retry',
  },
  'authority-timeout': {
    text: 'The authority did not answer in time. It is asked again later what came of the request.',
    consequence: 'reconcile',
  },
  'authority-answer-lost': {
    text: 'The connection to the authority ended before its answer was there. It is asked again later what came of the request.',
    consequence: 'reconcile',
  },
  'authority-answer-unreadable': {
    text: 'What the authority answered is not of the form that the protocol asks for. Check kind and URL of the authority in its settings.',
    consequence: 'reconcile',
  },
  'authority-answer-too-large': {
    text: 'The answer of the authority is larger than any answer of the protocol. Check kind and URL of the authority in its settings.',
    consequence: 'reconcile',
  },
  'authority-answer-unprotected': {
    text: 'The answer of the authority is not protected as it must be, or by somebody who is not trusted. Check the trust anchor and the secret in its settings.',
    consequence: 'reconcile',
  },
  'authority-closed': {
    text: 'The service is being stopped, or the settings of the authority were changed. The request goes on later.',
    consequence: 'reconcile',
  },
  'authority-revocation-refused': {
    text: 'The authority does not revoke the certificate. Revoke it there by hand.',
    consequence: 'fail',
  },
  'key-proof-missing': {
    text: 'The authority is set to ask phones for a proof of possession, and this phone gave none. Switch that off for the authority, or use one that needs none.',
    consequence: 'fail',
  },
  'key-proof-wrong': {
    text: 'What the phone signed with its new key does not verify: the proof of possession is provisional and this phone may do it another way. Switch it off for the authority, or use one that needs none.',
    consequence: 'fail',
  },
  'issued-certificate-missing': {
    text: 'The authority answered with certificates, and none of them is for the key that was asked for. Check its settings; nothing was sent to the phone.',
    consequence: 'fail',
  },
  'issued-certificate-unreadable': {
    text: 'The authority answered with something that is no readable certificate. Nothing was sent to the phone.',
    consequence: 'fail',
  },
  'issued-certificate-name': {
    text: 'The authority issued for another name than that of the device. Let its template take the subject from the request.',
    consequence: 'fail',
  },
  'issued-certificate-usage': {
    text: 'The issued certificate lacks a key usage that phones need: digitalSignature, and for RSA keys keyEncipherment. Add it to the template of the authority.',
    consequence: 'fail',
  },
  'issued-certificate-untrusted': {
    text: 'The issued certificate is not signed by the issuing certificate in the settings of the authority. Correct the trust anchor for issued LSCs.',
    consequence: 'fail',
  },
  'issued-certificate-unconfirmed': {
    text: 'The authority issued and did not take our confirmation of it, so it may withdraw the certificate. Look into its log; nothing was sent to the phone.',
    consequence: 'fail',
  },
  'issued-certificate-serial': {
    text: 'The authority gave this certificate a serial number that another certificate of it has. Was the database of the authority reset? Nothing was sent to the phone.',
    consequence: 'fail',
  },
  'issued-certificate-expired': {
    text: 'The issued certificate has ended already, or begins far in the future. Check the clock of the authority, and its template.',
    consequence: 'fail',
  },
} as const satisfies Record<string, Entry>;

/** The closed union of the error codes of this package's own; errors of `pki` pass through with their own codes. */
export type AuthorityErrorCode = keyof typeof catalogue;

/** What the calls of an authority can fail with. */
export type AuthorityFailureCode = AuthorityErrorCode | PkiErrorCode;

/** Every error of this package's own: code, and what it means and what to do about it. */
export const authorityErrors = Object.fromEntries(
  Object.entries(catalogue).map(([code, { text }]) => [code, text]),
) as Readonly<Record<AuthorityErrorCode, string>>;

/** Beside the cause, what a caller knows better than the catalogue. */
export interface AuthorityErrorOptions extends ErrorOptions {
  /** Where this fault is another one than the code usually is. */
  readonly consequence?: Consequence | undefined;
  /** Milliseconds before which the authority does not want to be asked again. */
  readonly retryAfter?: number | undefined;
}

/** The one error class of this package; switch on `code`. */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError';
  readonly code: AuthorityErrorCode;
  readonly consequence: Consequence;
  readonly retryAfter: number | undefined;

  /**
   * @param code - One of the catalogue's codes.
   * @param detail - What exactly is wrong, in words, without secrets; the catalogue's sentence stands in for it.
   */
  constructor(code: AuthorityErrorCode, detail?: string, options: AuthorityErrorOptions = {}) {
    super(detail ?? catalogue[code].text, options);
    this.code = code;
    this.consequence = options.consequence ?? catalogue[code].consequence;
    this.retryAfter = options.retryAfter;
  }
}
