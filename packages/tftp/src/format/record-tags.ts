/** Tags of a record's items, a numbering of its own (tftp-file-formats.md, section 5.2). */
export const recordTag = {
  recordLength: 1,
  dnsName: 2,
  subjectName: 3,
  role: 4,
  issuerName: 5,
  serialNumber: 6,
  publicKey: 7,
  signature: 8,
  certificate: 9,
  ipAddress: 10,
} as const;

/** Codes of the roles that a certificate may have in a trust list (tftp-file-formats.md, section 5.3). */
export const trustRoles = {
  SAST: 0,
  CCM: 1,
  'CCM+TFTP': 2,
  TFTP: 3,
  CAPF: 4,
  'APP-SERVER': 7,
  TVS: 21,
} as const;

export type TrustRole = keyof typeof trustRoles;
