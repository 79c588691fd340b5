import { type CertificateRecord, PkiError, readCertificate, readPublicKey } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { recordTag, type TrustRole, trustRoles } from '../format/record-tags.js';
import { ItemReader, readHex, readNumber, readText } from './item-reader.js';

/** One record as it stands in a list; nothing but what finds the signer is needed in it. */
export interface RecordFields {
  /** Bytes of the whole record. */
  readonly length: number;
  readonly roleCode: number;
  /** Undefined for a code whose meaning is unknown. */
  readonly role: TrustRole | undefined;
  readonly subjectName: string | undefined;
  readonly issuerName: string | undefined;
  /** As it stands in the record, lower-case hex. */
  readonly serialNumber: string | undefined;
  /** A DNS name or an address; empty for tokens. */
  readonly dnsName: string | undefined;
  /** IPv4, dotted. */
  readonly ipAddress: string | undefined;
  /** RSA: DER RSAPublicKey (RFC 8017, A.1.1); EC: the uncompressed point. */
  readonly publicKey: Uint8Array | undefined;
  /** The whole certificate, DER; clusters that were set back to non-secure mode have records without. */
  readonly certificateDer: Uint8Array | undefined;
  /** Tags in the order in which they stand. */
  readonly itemOrder: readonly number[];
  /** Bytes of each item's value, by tag, in the same order. */
  readonly itemBytes: ReadonlyMap<number, number>;
}

/** One record of a verified list. */
export interface TrustRecord extends RecordFields {
  /** Undefined when the record holds none, or one that is not readable (`certificateDer` has its bytes). */
  readonly certificate: CertificateRecord | undefined;
}

const lengthItemBytes = 5;
const fixedLengths: ReadonlyMap<number, number> = new Map([
  [recordTag.recordLength, 2],
  [recordTag.role, 2],
  [recordTag.ipAddress, 4],
]);
const roleNames: ReadonlyMap<number, TrustRole> = new Map(
  Object.entries(trustRoles).map(([name, code]) => [code, name as TrustRole]),
);

/**
 * Takes the run of records apart; items that are unknown are passed over.
 *
 * @throws TftpError `trust-record-malformed`, `file-cut-off`, `file-item-length-wrong`, `file-item-repeated`,
 * `file-item-missing`, `file-text-malformed`
 */
export function readRecords(payload: Uint8Array): readonly RecordFields[] {
  const records: RecordFields[] = [];
  for (let start = 0; start < payload.length; ) {
    const [tag, high, low] = payload.subarray(start, start + 3);
    if (tag !== recordTag.recordLength || high !== 0 || low !== 2) throw new TftpError('trust-record-malformed');
    const length = readNumber(payload.subarray(start + 3, start + lengthItemBytes));
    if (length < lengthItemBytes) throw new TftpError('trust-record-malformed');
    if (start + length > payload.length) throw new TftpError('file-cut-off');
    records.push(readFields(payload.subarray(start, start + length)));
    start += length;
  }
  return records;
}

function readFields(record: Uint8Array): RecordFields {
  const items = new Map<number, Uint8Array>();
  for (const reader = new ItemReader(record, 0, record.length); !reader.atEnd; ) {
    const { tag, value } = reader.next();
    if (items.has(tag)) throw new TftpError('file-item-repeated', `Item ${tag} stands twice in a record.`);
    if ((fixedLengths.get(tag) ?? value.length) !== value.length) {
      throw new TftpError('file-item-length-wrong', `Item ${tag} of a record has ${value.length} bytes.`);
    }
    items.set(tag, value);
  }
  const role = items.get(recordTag.role);
  if (role === undefined) throw new TftpError('file-item-missing', 'A record of the trust list has no role.');
  const text = (tag: number) => optional(items.get(tag), readText);
  const certificate = items.get(recordTag.certificate);
  return {
    length: record.length,
    roleCode: readNumber(role),
    role: roleNames.get(readNumber(role)),
    subjectName: text(recordTag.subjectName),
    issuerName: text(recordTag.issuerName),
    serialNumber: optional(items.get(recordTag.serialNumber), readHex),
    dnsName: text(recordTag.dnsName),
    ipAddress: items.get(recordTag.ipAddress)?.join('.'),
    publicKey: items.get(recordTag.publicKey),
    certificateDer: certificate?.length ? certificate : undefined,
    itemOrder: [...items.keys()],
    itemBytes: new Map([...items].map(([tag, { length }]) => [tag, length])),
  };
}

function optional<Value>(bytes: Uint8Array | undefined, read: (bytes: Uint8Array) => Value): Value | undefined {
  return bytes === undefined ? undefined : read(bytes);
}

/**
 * Reads the record's certificate. An unreadable one does not spoil the list, since each record is trusted for itself.
 *
 * @throws TftpError `trust-record-key-mismatch`: phones that use the one key and phones that use the other would trust two.
 */
export function withCertificate(fields: RecordFields): TrustRecord {
  const certificate = optional(fields.certificateDer, readable);
  if (certificate?.keyType !== undefined && fields.publicKey !== undefined) {
    const { subjectPublicKey } = readPublicKey(certificate.spki);
    if (!Buffer.from(subjectPublicKey).equals(fields.publicKey)) throw new TftpError('trust-record-key-mismatch');
  }
  return { ...fields, certificate };
}

function readable(der: Uint8Array): CertificateRecord | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}
