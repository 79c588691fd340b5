/** Tags of header items (tftp-file-formats.md, section 1.1). */
export const headerTag = {
  version: 1,
  headerLength: 2,
  signerInfo: 3,
  signerName: 4,
  serialNumber: 5,
  issuerName: 6,
  signatureInfo: 7,
  hashAlgorithm: 8,
  signatureAlgorithmInfo: 9,
  signatureAlgorithm: 10,
  signatureModulus: 11,
  signature: 12,
  padding: 13,
  fileName: 14,
  timeStamp: 15,
  encryptionInfo: 16,
  ivInfo: 17,
  ivKind: 18,
  iv: 19,
  paddingLength: 20,
  keyInfo: 21,
  keyKind: 22,
  keySize: 23,
  keyAlgorithm: 24,
  wrappedKey: 25,
  innerHashAlgorithm: 26,
  innerHash: 27,
  signerVersion: 28,
} as const;

/** The kinds of files, each with the two bytes of its version. */
export const fileVersions = {
  signed: [1, 0],
  encrypted: [2, 0],
  'trust-list': [1, 2],
} as const;

export type FileKind = keyof typeof fileVersions;

/** The extension that the name of a configuration file has, by its kind. */
export const fileExtensions = { signed: '.sgn', encrypted: '.enc.sgn' } as const;

/** Names in the header of trust lists, whatever name they are served under (tftp-file-formats.md, section 2.3). */
export const trustListNames = { itl: 'ITLFile.tlv', ctl: 'CTLFile.tlv' } as const;

/** An Identity Trust List or a Certificate Trust List; the format is the same. */
export type TrustListKind = keyof typeof trustListNames;

/** The header length is a number of two bytes. */
export const longestHeader = 0xffff;

/** Bytes of a whole file; locale files are the longest that phones are given, and stay far below. */
export const longestFile = 4 * 1024 * 1024;

/** Bytes of a whole trust list: phones cannot load one beyond 64 KB (tftp-file-formats.md, section 5.4). */
export const longestTrustList = 0xffff;
