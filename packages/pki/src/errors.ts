/** Every error of this package: code, and what it means and what to do about it. */
export const pkiErrors = {
  'der-malformed': 'The bytes are not well-formed DER. Send the value exactly as a crypto library exports it.',
  'pem-malformed': 'The text holds no readable PEM block of the wanted kind. Check that the file is complete.',
  'certificate-unreadable':
    'The bytes are not a readable X.509 certificate. Check that it is one certificate, PEM or DER, and complete.',
  'distinguished-name-malformed':
    'A field of the subject name is empty, too long or holds characters that are not allowed. Correct the setting.',
  'device-name-malformed':
    'The device name may hold 1 to 64 letters, digits, hyphens and underscores, and may not begin with CAPF-.',
  'server-name-malformed': 'A DNS name or IP address for a server certificate is not well formed. Correct it.',
  'url-malformed': 'A CRL, OCSP or CA-issuers URL is not an absolute http, https or ldap URL in ASCII. Correct it.',
  'time-unrepresentable': 'A date lies outside of what a certificate can hold (years 1950 to 9999).',
  'validity-out-of-range': 'The validity must be a whole number of days within the range that the certificate allows.',
  'issuer-expired': 'The issuing certificate has expired. Put another issuer in its place.',
  'issuer-not-yet-valid': 'The issuing certificate is not valid yet. Check the clock of this machine.',
  'issuer-not-a-ca': 'The certificate may not issue others: it lacks CA:TRUE or the key usage keyCertSign.',
  'issuer-name-reserved':
    'A CA of the site bears a common name that begins with CAPF-, which phones and call control take for a CAPF. Use a CA of another name.',
  'issuer-chain-broken':
    'A certificate of the chain is not signed by the next one. Give the whole chain, from the certificate up to the root.',
  'capf-key-not-rsa':
    'The certificate for port 3804 needs an RSA key of 2048 to 4096 bits: phones meet it with RSA key exchange.',
  'issuer-key-mismatch':
    'The private key does not belong to the issuing certificate. Load the pair that belongs together.',
  'private-key-unreadable': 'The bytes are not a readable, unencrypted PKCS#8 private key.',
  'private-key-unsupported': 'The private key is neither RSA nor EC on P-256, P-384 or P-521.',
  'key-type-unsupported': 'Keys can be made as RSA of 512 to 4096 bits or EC on P-256, P-384 or P-521.',
  'key-file-unreadable':
    'The file is no readable private key. Give PEM (PKCS#8, PKCS#1, SEC1) or PKCS#12, complete, of 1 MiB at most.',
  'key-file-without-key': 'The file holds no private key. Export it together with its key.',
  'key-file-several-keys': 'The file holds several private keys. Export the one that is meant alone.',
  'key-file-passphrase-missing': 'The private key is encrypted. Give its passphrase.',
  'key-file-passphrase-wrong': 'The passphrase does not open the private key. Give the right one.',
  'key-file-unsupported':
    'The private key is encrypted or stored in a way that is not read here. Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc.',
  'hsm-token-package-missing':
    'Keys in an HSM need the package pkcs11js, which compiles code of its own. Install it on this node: npm install pkcs11js.',
  'hsm-token-module-unusable':
    'The PKCS#11 module of the HSM cannot be used on this node. Correct its path, and see that it is readable and of this kind of processor.',
  'hsm-token-missing': 'The HSM shows no token of this label or in this slot. Connect it, or correct label or slot.',
  'hsm-token-pin-refused':
    'The token does not take the PIN. Give the right one; it is not tried again before that, since tokens lock themselves.',
  'hsm-token-key-missing': 'The token holds not exactly one private key of this label or id. Correct them.',
  'hsm-token-key-other':
    'The key in the token is not the one of the record. Put the right key in its place, or make another authority of it.',
  'hsm-token-fault': 'The token refuses a call. Look into the log of the HSM.',
  'signing-failed': 'The private key operation failed. The cause says why.',
  'public-key-malformed': 'The public key is not a well-formed DER SubjectPublicKeyInfo.',
  'public-key-algorithm-unsupported': 'The public key is neither RSA nor EC.',
  'public-key-parameters-unsupported':
    'The algorithm parameters of the public key are not those of RSA (NULL) or one of the named curves P-256, P-384, P-521.',
  'public-key-point-form-unsupported': 'The EC public key is not an uncompressed point of the length of its curve.',
  'public-key-kind-unexpected': 'The public key is of another kind (RSA or EC) than was asked for.',
  'public-key-size-unexpected': 'The public key is of another size than was asked for.',
  'public-key-too-short': 'The RSA public key is shorter than the smallest size allowed here.',
  'public-key-exponent-unsafe': 'The RSA public exponent is even, below 3, or above 2^256.',
  'public-key-modulus-even': 'The RSA modulus is even.',
  'public-key-small-factor': 'The RSA modulus has a prime factor below 752, so the key was not made soundly.',
  'public-key-roca':
    'The RSA modulus has the pattern of the ROCA weakness (CVE-2017-15361): its private key can be computed.',
  'public-key-close-primes':
    'The two primes of the RSA modulus lie so close together that the private key can be computed.',
  'public-key-point-not-on-curve': 'The EC public key is not a point on its curve.',
  'public-key-forbidden':
    'The public key is on the list of keys that no device may have, such as the key of this authority.',
  'lsc-tbs-malformed':
    'The to-be-signed bytes are not those of an LSC that this issuer would prepare. They were altered or belong to another issuer.',
  'chain-issuer-unknown':
    'No certificate of the trust store is the one that issued this certificate. Add its issuer to the trust store if it is to be believed.',
  'chain-signature-invalid':
    'A certificate of the trust store bears the name of the issuer, but its key did not make this signature, or made it by an algorithm that is not accepted. Add the right issuer, or refuse the device.',
  'chain-certificate-is-ca': 'The certificate of the device is that of a CA. A device must have one of its own.',
  'chain-key-usage': 'The key usage of the certificate does not allow signatures. Issue one with digitalSignature.',
  'chain-extension-unknown': 'The certificate holds a critical extension that is unknown here, so it cannot be judged.',
  'chain-expired':
    'The certificate has expired. Install a new LSC by another authentication mode, or allow expired certificates of this issuer.',
  'chain-not-yet-valid': 'The certificate is not valid yet. Check the clock of this machine.',
  'chain-issuer-expired':
    'The certificate of the issuer has expired. Allow expired certificates of this issuer if it is still to be believed.',
  'chain-issuer-not-yet-valid': 'The certificate of the issuer is not valid yet. Check the clock of this machine.',
  'proof-device-name-malformed': 'The device name of the proof is empty or holds a NUL.',
  'proof-signature-missing': 'The phone did not send both signatures, SIGNED_DATA and SHA2_SIGNED_DATA.',
  'proof-signature-invalid':
    'A signature of the phone does not verify with the key of its certificate. Somebody else may be using the certificate.',
  'proof-digest-unknown': 'The second signature is neither over SHA-256 nor over SHA-512.',
  'proof-key-unsupported':
    'The key of the certificate is neither RSA of up to 8192 bits with a sound exponent nor EC on P-256, P-384 or P-521.',
  'proof-key-too-short':
    'The RSA key of the certificate is shorter than the smallest size allowed here. Lower OPENCAPF_MIN_RSA_KEY_SIZE only if the site must.',
  'binding-name-unusable':
    'The subject of the certificate must hold exactly one common name, in printable ASCII. It cannot be told whose it is.',
  'binding-other-device':
    'The certificate is that of another device. Look for phones that were swapped, or for an attack.',
  'pkcs7-unreadable': 'The bytes are no readable PKCS#7 message that carries certificates.',
  'trust-upload-too-large': 'The upload is longer than 1 MiB, or holds more than 200 certificates. Divide it.',
  'trust-upload-empty': 'The upload holds no certificate.',
  'trust-upload-unreadable':
    'The upload is not readable as certificates. Send PEM, one certificate in DER, or a PKCS#7 message of certificates.',
  'trust-upload-not-a-ca':
    'A certificate in the upload is not that of a CA, so nothing of it was taken. Send the certificates of the issuers alone.',
} as const;

/** The closed union of this package's error codes. */
export type PkiErrorCode = keyof typeof pkiErrors;

/** The one error class of this package; switch on `code`. */
export class PkiError extends Error {
  override readonly name = 'PkiError';
  readonly code: PkiErrorCode;

  /**
   * @param code - One of the catalogue's codes.
   * @param detail - What exactly is wrong, in words, without secrets; the catalogue's sentence stands in for it.
   */
  constructor(code: PkiErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? pkiErrors[code], options);
    this.code = code;
  }
}
