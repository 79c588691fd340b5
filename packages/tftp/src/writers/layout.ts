import { headerTag } from '../format/header-tags.js';
import { recordTag } from '../format/record-tags.js';

/** In what the two known makers of these files differ (tftp-file-formats.md, sections 1.2, 2.1 and 5.2). */
export interface Layout {
  /** Stands between the attributes of a name. */
  readonly nameSeparator: ',' | ';';
  /** The attributes that come first, by object identifier; all others follow in the order of the certificate. */
  readonly firstAttributes: readonly string[];
  /** The three items that say who signed, in their order. */
  readonly signerItems: readonly (
    | typeof headerTag.signerName
    | typeof headerTag.serialNumber
    | typeof headerTag.issuerName
  )[];
  /** Whether the encryption info counts hash and hash algorithm of the content in. */
  readonly encryptionHoldsHash: boolean;
  /** Whether trust lists say what version their signer has. */
  readonly hasSignerVersion: boolean;
  /** The items of a trust-list record behind its length, in their order. */
  readonly recordItems: readonly RecordItemTag[];
}

/** What a record may hold beside its length. */
export type RecordItemTag = Exclude<(typeof recordTag)[keyof typeof recordTag], typeof recordTag.recordLength>;

export type LayoutName = 'usecallmanager' | 'cisco';

export const layouts: Readonly<Record<LayoutName, Layout>> = {
  usecallmanager: {
    nameSeparator: ',',
    firstAttributes: [],
    signerItems: [headerTag.signerName, headerTag.issuerName, headerTag.serialNumber],
    encryptionHoldsHash: false,
    hasSignerVersion: true,
    recordItems: [
      recordTag.subjectName,
      recordTag.issuerName,
      recordTag.serialNumber,
      recordTag.role,
      recordTag.publicKey,
      recordTag.signature,
      recordTag.certificate,
    ],
  },
  cisco: {
    nameSeparator: ';',
    // CN, OU, O, L, ST, C
    firstAttributes: ['2.5.4.3', '2.5.4.11', '2.5.4.10', '2.5.4.7', '2.5.4.8', '2.5.4.6'],
    signerItems: [headerTag.signerName, headerTag.serialNumber, headerTag.issuerName],
    encryptionHoldsHash: true,
    hasSignerVersion: false,
    recordItems: [
      recordTag.dnsName,
      recordTag.subjectName,
      recordTag.role,
      recordTag.issuerName,
      recordTag.serialNumber,
      recordTag.publicKey,
      recordTag.signature,
      recordTag.certificate,
      recordTag.ipAddress,
    ],
  },
};

/** The one in use with real phones (tftp-file-formats.md, section 1.2). */
export const defaultLayout: LayoutName = 'usecallmanager';
