/** Every error of this package: code, and what it means and what to do about it. */
export const tftpErrors = {
  'file-unrecognised':
    'The bytes do not begin as a signed file for phones does. Look whether it is a plain file, or one of another kind.',
  'file-version-unexpected':
    'The file is of another kind than was asked for: 1.0 is a signed file, 2.0 an encrypted one, 1.2 a trust list.',
  'file-too-long': 'The file is longer than 4 MiB, which no file that phones are configured with is. Divide it.',
  'file-cut-off': 'The file ends before its header or its last record does. Fetch it again.',
  'file-item-unknown': 'The header holds an item that files of this kind do not have.',
  'file-item-misplaced': 'An item of the header stands where it does not belong.',
  'file-item-repeated': 'The header or a record holds an item twice, so it cannot be told which one counts.',
  'file-item-missing': 'The header or a record lacks an item that it must have.',
  'file-item-length-wrong':
    'An item is longer than what it stands in, or not of the length that an item of its kind has.',
  'file-item-value-unsupported':
    'The header names an algorithm or a key size that phones do not know. They know SHA-1 and SHA-512, RSA of 512, 1024, 2048 and 4096 bits.',
  'file-text-malformed': 'A name in the file does not end with its only NUL.',
  'file-name-unexpected':
    'The file was signed under another name than it was asked for by. Somebody may have swapped it.',
  'file-signer-unknown':
    'The certificate that signed the file is not among those that are trusted for it. Fetch the trust list again, or look for a foreign server.',
  'file-signature-invalid': 'The signature does not fit the file. It was altered on the way, or badly signed.',
  'file-key-other':
    'The file is encrypted for another key than the one at hand. Have the key of the phone recorded anew.',
  'file-key-unreadable': 'The wrapped key of the encrypted file does not open. The file was built for another key.',
  'file-padding-wrong': 'The encrypted content is not made of whole blocks of which 1 to 16 bytes are padding.',
  'file-content-altered': 'The decrypted content does not have the hash that the header promises.',
  'file-name-malformed':
    'A file name must be 1 to 255 printable ASCII characters, end with the extension of its kind, and lead nowhere outside of its directory.',
  'file-time-unrepresentable': 'The time stamp of a file must lie between the years 1970 and 2106.',
  'file-header-too-long':
    'The header of the file would be longer than 65,535 bytes. Use certificates with shorter names.',
  'file-signer-not-rsa':
    'Phones take files only that are signed with an RSA key. Sign with a certificate that has one.',
  'file-signer-size-unsupported':
    'Phones cannot read what is signed with an RSA key of this size. Use one of 2048 bits (1024 for old phones).',
  'file-signer-key-mismatch': 'The private key does not belong to the certificate that is to sign files.',
  'file-signing-failed': 'The private key operation failed. The cause says why.',
  'file-phone-key-not-rsa':
    'A configuration file can be encrypted for RSA keys only: no layout for EC keys is known. Give the phone an RSA LSC, or serve it over HTTPS.',
  'file-phone-key-unusable':
    'The public key of the phone cannot wrap a key: it is malformed, or not of 512 to 4096 bits. Have the phone generate another.',
  'file-randomness-unusable': 'The source of random bytes gives too few of them, or zeros only.',
  'trust-list-too-long':
    'The trust list is longer than 64 KB, which phones cannot load. Take certificates out of it (39 are about the most).',
  'trust-list-signer-missing':
    'The trust list does not hold the certificate that signs it in a record with the role SAST. Add it.',
  'trust-list-too-many-signers': 'A trust list may hold two records with the role SAST at most. Leave one out.',
  'trust-list-signer-version-unsupported':
    'The layout "cisco" has no place for a signer version. Leave it out, or use the layout "usecallmanager".',
  'trust-record-malformed': 'A record of the trust list does not begin with its length, or its length is wrong.',
  'trust-record-certificate-unreadable':
    'A certificate on record for the trust list cannot be read: it was not put there by a call. Delete its entry, and give it again.',
  'trust-record-key-mismatch': 'The public key in a record of the trust list is not the one of its certificate.',
  'trust-record-key-unsupported':
    'The key of a certificate for the trust list is neither RSA nor EC on P-256, P-384 or P-521. Leave the certificate out.',
  'trust-record-host-malformed':
    'The host of a trust-list record must be a DNS name or address of at most 255 printable ASCII characters, its IP address an IPv4 one.',
  'configuration-too-long': 'A configuration file may be 1 MiB long at most. Give the file of one phone.',
  'configuration-encoding-unsupported':
    'The encoding of the configuration file is none that phones read: UTF-8, UTF-16, ISO-8859-1, US-ASCII. Save it as UTF-8.',
  'configuration-encoding-wrong':
    'The bytes of the configuration file are not in the encoding that it declares. Save it as UTF-8.',
  'configuration-malformed':
    'The configuration file is no well-formed XML; the message says where. Mend it and give it again.',
  'configuration-doctype-refused': 'The configuration file has a document type (<!DOCTYPE ...>). Take it out.',
  'configuration-too-many-elements':
    'The configuration file has more than 20,000 elements, or more than 64 in each other. Give the file of one phone.',
  'configuration-root-unexpected':
    'The outermost element of a phone configuration is device. Give a file of that kind: SEP<MAC>.cnf.xml.',
  'configuration-element-repeated':
    'An element that OpenCAPF sets stands in the configuration file twice, so it cannot be told which one counts. Leave one.',
  'configuration-element-unexpected':
    'An element of the configuration file that holds text only has elements in it. Take them out.',
  'capf-servers-unusable':
    'CAPF servers are given as host[:port], five at most, each host a name or an address of at most 50 characters.',
  'template-field-unknown':
    'A template and the values given do not fit: each of its fields needs a value, and each value a field.',
  'template-field-malformed':
    'A field of a template has a name of letters, digits, ".", "-" and "_" that begins with a letter, and a value of at most 4,096 characters that XML allows.',
  'template-too-many-fields':
    'A template may have 500 fields, each any number of times. Give the file of one phone, or take fields together.',
  'symmetric-key-malformed':
    'A symmetric key has 32 hexadecimal digits (128 bits) or 64 (256 bits), in either case, and is not made of zeros alone, which clear it on the phone; here it is deleted.',
} as const;

/** The closed union of this package's error codes. */
export type TftpErrorCode = keyof typeof tftpErrors;

/** The one error class of this package; switch on `code`. */
export class TftpError extends Error {
  override readonly name = 'TftpError';
  readonly code: TftpErrorCode;

  /**
   * @param code - One of the catalogue's codes.
   * @param detail - What exactly is wrong, in words, without secrets; the catalogue's sentence stands in for it.
   */
  constructor(code: TftpErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? tftpErrors[code], options);
    this.code = code;
  }
}
