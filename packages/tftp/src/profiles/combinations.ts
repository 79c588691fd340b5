/**
 * Combinations of settings that the source documents warn of, or that a model, or this service, is not known to bear: each with its
 * reason. Refusals are refused whatever is forced, inabilities unless they are forced.
 */
export const combinations = {
  /** security-guide-extracts.md, "Example-Authenticated/Encrypted Device Security Mode". */
  'string-without-lsc': {
    weight: 'refusal',
    message:
      'By Authentication String with Device Security Mode Authenticated or Encrypted needs an LSC in the phone: without one it does not register, and it comes to CAPF only when somebody enters the string. Install an LSC in mode Non Secure first, or choose another authentication mode.',
  },
  /** tftp-file-formats.md, sections 4 and 8: no layout for EC keys is known, and such phones ask over HTTPS, port 6971. */
  'ec-key-with-encrypted-configuration': {
    weight: 'inability',
    message:
      'TFTP Encrypted Config with EC keys: no file can be encrypted for an EC key, and phones with one are served over HTTPS, which is switched off here. Switch it on (OPENCAPF_TFTP_HTTPS_PORT), choose RSA Only, have an RSA LSC installed first where the certificate on record has an EC key, or force it where a server of yours serves them.',
  },
  /** tftp-file-formats.md, sections 5.1 and 8. */
  'ec-key-served-over-https': {
    weight: 'warning',
    message:
      'TFTP Encrypted Config with EC keys: no file can be encrypted for an EC key. The phone gets its full file over HTTPS (OPENCAPF_TFTP_HTTPS_PORT, 6971) by showing its LSC, where its firmware follows trust lists of signer version 1.1.',
  },
  'model-without-protocol': {
    weight: 'inability',
    message: 'The model is not known to run this protocol.',
  },
  /** encrypted-phone-configuration-file-setup.md, "Phone Models That Support Encryption" and "... Tips". */
  'model-without-encryption': {
    weight: 'inability',
    message: 'The model is not known to take encrypted configuration files with this protocol.',
  },
  /** The same document, "Exclude Digest Credentials From Phone Configuration File Download". */
  'model-without-digest-exclusion': {
    weight: 'inability',
    message:
      'Only 7800, 7942 and 7962 with SIP are known to keep their digest credentials when a file holds none; another model would lose them.',
  },
  'model-without-ec': { weight: 'inability', message: 'The model is not known to make EC keys.' },
  'model-without-rsa-size': { weight: 'inability', message: 'The model is not known to make RSA keys of this size.' },
  /** security-guide-extracts.md, "Phone Security Profile Settings", Authentication Mode. */
  'existing-certificate-none-on-record': {
    weight: 'warning',
    message:
      'By Existing Certificate: no certificate of the phone is on record. If there is none in the phone, the operation fails.',
  },
  /** security-guide-extracts.md, "CAPF System Interactions and Restrictions", Authentication String. */
  'encrypted-configuration-with-string': {
    weight: 'warning',
    message:
      'TFTP Encrypted Config By Authentication String: until somebody enters the string, a phone whose certificate is not known may not recover.',
  },
  'string-needs-lsc': {
    weight: 'warning',
    message:
      'By Authentication String with Device Security Mode Authenticated or Encrypted suits phones that have an LSC already; it is refused for others.',
  },
  /** encrypted-phone-configuration-file-setup.md, "TFTP Encrypted Configuration Files Overview", Warning. */
  'digest-credentials-in-the-clear': {
    weight: 'warning',
    message: 'Without TFTP Encrypted Config, digest credentials and passwords of the file are sent in the clear.',
  },
  /** The same document, "TFTP Encrypted Configuration Files Tips". */
  'symmetric-key-missing': {
    weight: 'warning',
    message:
      'The model takes encrypted files with a key that is entered by hand, and none is on record: it cannot register.',
  },
  /** The same document, below "Phone Models That Support Encryption"; encrypted-configuration-feature.md shows such a profile. */
  'encryption-contradicted': {
    weight: 'warning',
    message:
      'The source documents contradict themselves: they show TFTP Encrypted Config for this model with SCCP, and say that it cannot be configured there, since its file holds nothing confidential.',
  },
  /** The same document, note below "Phone Models That Support Encryption". */
  'model-needs-ctl': {
    weight: 'warning',
    message: 'The model asks for no ITL: it finds CAPF by a CTL alone, without which its encrypted file does not work.',
  },
} as const satisfies Readonly<
  Record<string, { readonly weight: 'refusal' | 'inability' | 'warning'; readonly message: string }>
>;

/** A combination, by code. */
export type CombinationCode = keyof typeof combinations;
