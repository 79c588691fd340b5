/** Object identifiers of CMP and CRMF, dotted, by the names that their standards give them. */
export const cmpOid = {
  /** RFC 4211, 4.4. */
  passwordBasedMac: '1.2.840.113533.7.66.13',
  /** RFC 4210, 5.1.1.1. */
  implicitConfirm: '1.3.6.1.5.5.7.4.13',
  /** RFC 9480, 2.15. */
  caCerts: '1.3.6.1.5.5.7.4.17',
  /** RFC 9480, 2.2. */
  certProfile: '1.3.6.1.5.5.7.4.21',
  /** Extended key usages of those who speak for a CA (RFC 6402, 2.10). */
  cmcCa: '1.3.6.1.5.5.7.3.27',
  cmcRa: '1.3.6.1.5.5.7.3.28',
  reasonCode: '2.5.29.21',
} as const;

/** Hashes by their names in node:crypto. */
export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export const hashByOid: ReadonlyMap<string, HashName> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

export const hmacByOid: ReadonlyMap<string, HashName> = new Map([
  ['1.3.6.1.5.5.8.1.2', 'sha1'],
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

/** The hash of each signature algorithm with a key of RSA (PKCS#1 v1.5) or EC. */
export const hashBySignature: ReadonlyMap<string, { readonly kind: 'rsa' | 'ec'; readonly hash: HashName }> = new Map([
  ['1.2.840.113549.1.1.5', { kind: 'rsa', hash: 'sha1' }],
  ['1.2.840.113549.1.1.14', { kind: 'rsa', hash: 'sha224' }],
  ['1.2.840.113549.1.1.11', { kind: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', hash: 'sha512' }],
  ['1.2.840.10045.4.1', { kind: 'ec', hash: 'sha1' }],
  ['1.2.840.10045.4.3.1', { kind: 'ec', hash: 'sha224' }],
  ['1.2.840.10045.4.3.2', { kind: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { kind: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { kind: 'ec', hash: 'sha512' }],
]);
