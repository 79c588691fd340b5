import type { CertificateRecord } from '@opencapf/pki';
import { TftpError, type TftpErrorCode } from '../errors.js';
import { type TrustListKind, trustListNames } from '../format/header-tags.js';
import { type FileHeader, readEnvelope } from './envelope.js';
import { type ExpectedTrustList, readTrustList } from './trust-list.js';
import { type RecordFields, readRecords, withCertificate } from './trust-record.js';

/** Whether a phone would believe the list, and why not. */
export type TrustListVerdict =
  | {
      readonly isBelieved: true;
      /** The place, from 0, of the record whose certificate signed it. */
      readonly signedBy: number;
    }
  | { readonly isBelieved: false; readonly fault: TftpError };

/** A record as it stands there, believable or not. */
export interface InspectedRecord extends RecordFields {
  /** Undefined when it holds none, or an unreadable one. */
  readonly inspectedCertificate: CertificateRecord | undefined;
  /** What is wrong with this record by itself. */
  readonly faultCode: TftpErrorCode | undefined;
}

/**
 * A trust list for people to look at, believable or not. It is not a `TrustList` and holds none of its fields by their names, so that
 * nothing that goes by a verified list takes it.
 */
export interface InspectedTrustList {
  /** Of the whole file. */
  readonly bytes: number;
  /** What it says itself to be; undefined for a name that no trust list has. */
  readonly claimedKind: TrustListKind | undefined;
  readonly claimedHeader: FileHeader;
  /** Bytes of each header item's value, by tag, in the order in which they stand. */
  readonly headerItemBytes: ReadonlyMap<number, number>;
  readonly inspectedRecords: readonly InspectedRecord[];
  readonly verdict: TrustListVerdict;
}

/**
 * Takes a trust list apart also when nobody should believe it, and says whether a phone would.
 *
 * @param expected - The kind that it must be, and whom it must be signed by: any list that calls itself one, as a first list, by default.
 * @throws TftpError the codes of `readEnvelope` and of `readRecords`, for what cannot be taken apart
 */
export function inspectTrustList(file: Uint8Array, expected: Partial<ExpectedTrustList> = {}): InspectedTrustList {
  const envelope = readEnvelope(file, 'trust-list');
  const { header, items } = envelope;
  const records = readRecords(envelope.payload);
  const claimedKind = kindNamed(header.fileName);
  return {
    bytes: file.length,
    claimedKind,
    claimedHeader: header,
    headerItemBytes: new Map([...items].map(([tag, { value }]) => [tag, value.length])),
    inspectedRecords: records.map(inspectRecord),
    verdict: judge(file, records, {
      kind: expected.kind ?? claimedKind ?? 'itl',
      known: expected.known ?? 'first-list',
    }),
  };
}

function kindNamed(fileName: string): TrustListKind | undefined {
  return (['itl', 'ctl'] as const).find((kind) => trustListNames[kind] === fileName);
}

function inspectRecord(fields: RecordFields): InspectedRecord {
  try {
    return { ...fields, inspectedCertificate: withCertificate(fields).certificate, faultCode: undefined };
  } catch (fault) {
    if (!(fault instanceof TftpError)) throw fault;
    return { ...fields, inspectedCertificate: undefined, faultCode: fault.code };
  }
}

/** By the very reader that phones use. */
function judge(file: Uint8Array, records: readonly RecordFields[], expected: ExpectedTrustList): TrustListVerdict {
  try {
    const { signer } = readTrustList(file, expected);
    const signedBy = records.findIndex(
      ({ role, serialNumber, certificateDer }) =>
        role === 'SAST' &&
        serialNumber === signer.serialNumber &&
        certificateDer !== undefined &&
        Buffer.from(signer.certificate.der).equals(certificateDer),
    );
    return { isBelieved: true, signedBy };
  } catch (fault) {
    if (!(fault instanceof TftpError)) throw fault;
    return { isBelieved: false, fault };
  }
}
