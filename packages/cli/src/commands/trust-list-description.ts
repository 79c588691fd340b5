import { createHash } from 'node:crypto';
import { type CertificateRecord, keyTypeName } from '@opencapf/pki';
import {
  type InspectedRecord,
  type InspectedTrustList,
  longestTrustList,
  type TrustListWarning,
  trustListWarnings,
  warningsOfUse,
} from '@opencapf/tftp/readers';

/** A trust list for scripts. Hashes are lower-case hex, dates ISO 8601; records count from 1. */
export interface TrustListDescription {
  readonly kind: string | null;
  readonly verified: boolean;
  /** The record whose certificate signed it. */
  readonly signedByRecord: number | null;
  /** Why nobody should believe it. */
  readonly code?: string;
  readonly reason?: string;
  readonly bytes: number;
  /** What phones can load. */
  readonly byteLimit: number;
  readonly md5: string;
  readonly sha1: string;
  readonly fileName: string;
  readonly signedAt: string;
  readonly signerVersion: string | null;
  readonly hash: string;
  readonly signer: { readonly name: string; readonly issuer: string; readonly serialNumber: string };
  readonly records: readonly RecordDescription[];
  readonly warnings: readonly TrustListWarning[];
}

interface RecordDescription {
  readonly record: number;
  readonly bytes: number;
  readonly role: string;
  readonly roleCode: number;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly serialNumber: string | null;
  readonly dnsName: string | null;
  readonly ipAddress: string | null;
  readonly signedTheList: boolean;
  readonly fault: string | null;
  readonly certificate: {
    readonly sha1: string;
    readonly sha256: string;
    readonly key: string | null;
    readonly notBefore: string;
    readonly notAfter: string;
  } | null;
}

/** What a list is held against. */
interface JudgedBy {
  readonly now: Date;
  /** How long before its end a certificate is warned of. */
  readonly soonDays: number;
  /** What servers show and sign with now, as far as it was told. */
  readonly inUse: readonly CertificateRecord[];
}

/** Describes a list, with what is to be looked at in it. */
export function describeTrustList(
  file: Uint8Array,
  list: InspectedTrustList,
  { now, soonDays, inUse }: JudgedBy,
): TrustListDescription {
  const { verdict, claimedHeader: header } = list;
  const signedBy = verdict.isBelieved ? verdict.signedBy : undefined;
  const records = list.inspectedRecords.map(({ role, roleCode, inspectedCertificate }) => ({
    role: role ?? `role ${roleCode}`,
    certificate: inspectedCertificate,
  }));
  return {
    kind: list.claimedKind ?? null,
    verified: verdict.isBelieved,
    signedByRecord: signedBy === undefined ? null : signedBy + 1,
    ...(verdict.isBelieved ? {} : { code: verdict.fault.code, reason: verdict.fault.message }),
    bytes: list.bytes,
    byteLimit: longestTrustList,
    md5: digest('md5', file),
    sha1: digest('sha1', file),
    fileName: header.fileName,
    signedAt: header.signedAt.toISOString(),
    signerVersion: header.signerVersion ?? null,
    hash: header.hash,
    signer: { name: header.signerName, issuer: header.issuerName, serialNumber: header.serialNumber },
    records: list.inspectedRecords.map((record, at) => describeRecord(record, at + 1, at === signedBy)),
    warnings: [...trustListWarnings({ bytes: list.bytes, records }, now, soonDays), ...warningsOfUse(records, inUse)],
  };
}

function describeRecord(fields: InspectedRecord, record: number, signedTheList: boolean): RecordDescription {
  const certificate = fields.inspectedCertificate;
  return {
    record,
    bytes: fields.length,
    role: fields.role ?? `unknown (${fields.roleCode})`,
    roleCode: fields.roleCode,
    subject: fields.subjectName ?? null,
    issuer: fields.issuerName ?? null,
    serialNumber: fields.serialNumber ?? null,
    dnsName: fields.dnsName ?? null,
    ipAddress: fields.ipAddress ?? null,
    signedTheList,
    fault: fields.faultCode ?? null,
    certificate:
      certificate === undefined
        ? null
        : {
            sha1: digest('sha1', certificate.der),
            sha256: digest('sha256', certificate.der),
            key: certificate.keyType === undefined ? null : keyTypeName(certificate.keyType),
            notBefore: certificate.notBefore.toISOString(),
            notAfter: certificate.notAfter.toISOString(),
          },
  };
}

function digest(hash: 'md5' | 'sha1' | 'sha256', bytes: Uint8Array): string {
  return createHash(hash).update(bytes).digest('hex');
}
