import type { CertificateRecord } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { type TrustListKind, trustListNames } from '../format/header-tags.js';
import { type TrustRole, trustRoles } from '../format/record-tags.js';
import { type FileHeader, readEnvelope } from './envelope.js';
import { type KnownSigner, verifySigner } from './known-signer.js';
import { type RecordFields, readRecords, type TrustRecord, withCertificate } from './trust-record.js';

/** On what a trust list is believed (tftp-file-formats.md, section 5.4). */
export interface ExpectedTrustList {
  readonly kind: TrustListKind;
  /**
   * The certificates that lists held before with the role SAST: those of the list that is to be replaced, and of the CTL for an ITL. A
   * phone that has neither takes its `first-list` from anybody who has signed it soundly.
   */
  readonly known: readonly KnownSigner[] | 'first-list';
}

/** A trust list whose signature was verified; the views share the memory of the file. */
export interface TrustList {
  readonly kind: TrustListKind;
  readonly header: FileHeader;
  readonly records: readonly TrustRecord[];
  /** The certificate with the role SAST that signed it. */
  readonly signer: KnownSigner;
}

/**
 * Reads a `.tlv` file: its signer must stand in the list itself with the role SAST, and be known unless this is the first list.
 *
 * @throws TftpError the codes of `readEnvelope` and of `readRecords`, `file-name-unexpected`, `trust-list-signer-missing`,
 * `file-signature-invalid`, `file-signer-unknown`, `trust-record-key-mismatch`
 */
export function readTrustList(file: Uint8Array, { kind, known }: ExpectedTrustList): TrustList {
  const envelope = readEnvelope(file, 'trust-list');
  const fields = readRecords(envelope.payload);
  const candidates = signersNamed(fields, envelope.header.serialNumber);
  if (candidates.length === 0) throw new TftpError('trust-list-signer-missing');
  const signer = verifySigner(envelope, candidates);
  if (known !== 'first-list' && !known.some((earlier) => isSame(earlier, signer))) {
    throw new TftpError('file-signer-unknown');
  }
  if (envelope.header.fileName !== trustListNames[kind]) throw new TftpError('file-name-unexpected');
  return { kind, header: envelope.header, records: fields.map(withCertificate), signer };
}

/** Only certificates that may have signed are read before the signature was verified. */
function signersNamed(records: readonly RecordFields[], serialNumber: string): readonly KnownSigner[] {
  return asSigners(
    records
      .filter(({ roleCode, serialNumber: own }) => roleCode === trustRoles.SAST && own === serialNumber)
      .map(withCertificate),
  );
}

function isSame(left: KnownSigner, right: KnownSigner): boolean {
  return Buffer.from(left.certificate.der).equals(right.certificate.der);
}

/** Whom a verified list names as signers of configuration files. */
export function configurationSigners(list: TrustList): readonly KnownSigner[] {
  return signersOf(list, 'TFTP', 'CCM+TFTP');
}

/**
 * Whom a verified list names as HTTPS servers of configuration files: EC certificates with the TFTP role, where its signer version tells
 * phones to go there (tftp-file-formats.md, section 5.1).
 */
export function httpsFileServers({ header, records }: TrustList): readonly CertificateRecord[] {
  if (header.signerVersion !== '1.1') return [];
  return records.flatMap(({ role, certificate }) =>
    (role === 'TFTP' || role === 'CCM+TFTP') && certificate?.keyType?.kind === 'ec' ? [certificate] : [],
  );
}

/** Whom a verified list names as signers of the lists that come after it. */
export function trustListSigners(list: TrustList): readonly KnownSigner[] {
  return signersOf(list, 'SAST');
}

function signersOf({ records }: TrustList, ...roles: readonly TrustRole[]): readonly KnownSigner[] {
  return asSigners(records.filter(({ role }) => role !== undefined && roles.includes(role)));
}

function asSigners(records: readonly TrustRecord[]): readonly KnownSigner[] {
  return records.flatMap(({ serialNumber, certificate }) =>
    serialNumber === undefined || certificate === undefined ? [] : [{ serialNumber, certificate }],
  );
}
