/** Every error of this package: code, and what it means and what to do about it. */
export const phoneErrors = {
  'capf-unreachable':
    'No connection to the CAPF server: it refuses, or cannot be reached. Check host, port and that the service runs.',
  'capf-connection-lost':
    'The server closed the connection without END_SESSION, which phones take as a communication failure and try again. The log of the server says why.',
  'capf-answer-timed-out': 'The server did not answer within the time that the phone waits. Look at its log and load.',
  'capf-handshake-failed':
    'The TLS handshake failed. Check that phone and server have a TLS version and a cipher in common.',
  'capf-server-not-trusted':
    'The server does not hold the CAPF certificate that the phone was told to trust. Give the current one, or find out who answers there.',
  'capf-certificate-unusable': 'The file is no CAPF certificate, PEM or DER. Take capf.pem of the service.',
  'capf-version-unsupported': 'The server announces another protocol version than 3, which this phone does not speak.',
  'capf-command-unsupported': 'The server asks for something that this phone does not do. The phone closed.',
  'lsc-type-unexpected': 'The phone was told to store a certificate that is not called an LSC. It refused.',
  'lsc-unreadable': 'What the phone was told to store is no readable certificate. It refused.',
  'lsc-without-key': 'The phone was told to store a certificate and has no key that it could belong to. It refused.',
  'lsc-key-mismatch': 'The certificate that the phone was told to store is not for its key. It refused.',
  'lsc-outside-validity':
    "The certificate that the phone was told to store is not valid at the phone's time. It refused. Compare the clocks.",
  'lsc-issuer-mismatch':
    'No certificate that the phone was told to trust has issued the one that it was told to store. It refused. If the LSC issuer is not the CAPF certificate, put its certificate behind that one in the same file.',
  'files-place-unusable':
    'Where files are fetched must be http://HOST[:PORT] or tftp://HOST[:PORT], without a path. The ports are 6970 and 69 unless given.',
  'files-unreachable':
    'The server of files does not answer, or was lost in the middle of a file. Check host and port, and that it serves files (OPENCAPF_TFTP=on).',
  'files-server-not-trusted':
    'The HTTPS server of files does not hold a certificate that the trust list names for it. Give the port of the right one (--https-port), or find out who answers there.',
  'files-answer-unusable':
    'The server of files refused the request, or gave a file that is longer than any that phones are given. Its log says why.',
  'configuration-unreadable':
    'The configuration file is no well-formed XML, or names a capfAuthMode that is none from 0 to 4. The phone cannot go by it.',
  'phone-name-unusable':
    'A phone that keeps files needs a name of 1 to 64 letters, digits, hyphens and underscores, such as SEP001122334455.',
  'phone-directory-unusable': "A file of the phone's directory cannot be read or written. Check path and permissions.",
  'load-mix-invalid':
    'A mix is a list such as install=80,troubleshoot=10,keysync=10, of install, delete, troubleshoot and keysync, with at least one weight above 0.',
  'load-names-invalid':
    'Phones of a load have names of SEP and 12 hexadecimal digits, counted up from the first, or stand in a list: on each line a name, and behind a blank its authentication string.',
  'load-keys-unusable':
    'Keys of a load cannot be kept in that directory, or a file there holds something else. Give another directory, or remove the file.',
  'load-queue-refused':
    'The service did not create a device or queue an operation for the load; its answer says why. OPENCAPF_TOKEN must be of an operator or administrator.',
  'load-not-equipped':
    'Phones of a load that need an LSC first did not get one, and so the load was not begun. Installing by null string must work there.',
  'phone-directory-inconsistent':
    "The key and the certificate in the phone's directory are unreadable or do not belong together. Remove both for a phone without an LSC; a requested key that is unreadable, by itself.",
} as const;

/** The closed union of this package's error codes. */
export type PhoneErrorCode = keyof typeof phoneErrors;

/** The one error class of this package; switch on `code`. */
export class PhoneError extends Error {
  override readonly name = 'PhoneError';
  readonly code: PhoneErrorCode;

  /**
   * @param code - One of the catalogue's codes.
   * @param detail - What distinguishes this case, in words, without secrets; it is put behind the catalogue's sentence.
   */
  constructor(code: PhoneErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? phoneErrors[code] : `${phoneErrors[code]} (${detail})`, options);
    this.code = code;
  }
}
