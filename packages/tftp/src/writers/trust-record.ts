import { type CertificateRecord, DerReader, derTag, PkiError, readPublicKey, readSoleElement } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { longestTrustList } from '../format/header-tags.js';
import { recordTag, type TrustRole, trustRoles } from '../format/record-tags.js';
import { byteItem, item, serialItem, shortItem, textItem } from './item.js';
import type { Layout, RecordItemTag } from './layout.js';
import { nameText } from './name-text.js';

/** One certificate and what it is trusted for; one that is trusted for two things has two records. */
export interface TrustedCertificate {
  readonly role: TrustRole;
  readonly certificate: CertificateRecord;
  /** Host name or address of the server, for layouts that tell it; none for a SAST. */
  readonly dnsName?: string;
  /** IPv4, dotted, for layouts that tell it; `0.0.0.0` unless given. */
  readonly ipAddress?: string;
}

const lengthItemBytes = 5;
const longestDnsName = 255;

/**
 * One record of a trust list.
 *
 * @throws TftpError `trust-record-host-malformed`, `trust-list-too-long`, `trust-record-key-unsupported`
 */
export function encodeRecord(trusted: TrustedCertificate, layout: Layout): Buffer {
  const items = layout.recordItems.map((tag) => recordItem(tag, trusted, layout));
  const length = lengthItemBytes + items.reduce((sum, { length: bytes }) => sum + bytes, 0);
  if (length > longestTrustList) throw new TftpError('trust-list-too-long');
  return Buffer.concat([shortItem(recordTag.recordLength, length), ...items]);
}

function recordItem(tag: RecordItemTag, trusted: TrustedCertificate, layout: Layout): Buffer {
  const { certificate, role } = trusted;
  switch (tag) {
    case recordTag.dnsName:
      return textItem(tag, dnsName(trusted.dnsName ?? ''));
    case recordTag.subjectName:
      return textItem(tag, nameText(certificate.subjectDer, layout));
    case recordTag.role:
      return shortItem(tag, trustRoles[role]);
    case recordTag.issuerName:
      return textItem(tag, nameText(certificate.issuerDer, layout));
    case recordTag.serialNumber:
      return serialItem(tag, certificate.serial);
    case recordTag.publicKey:
      return item(tag, subjectPublicKey(certificate));
    case recordTag.signature:
      return item(tag, signatureValue(certificate.der));
    case recordTag.certificate:
      return item(tag, certificate.der);
    case recordTag.ipAddress:
      return byteItem(tag, ...ipv4Bytes(trusted.ipAddress ?? '0.0.0.0'));
  }
}

function dnsName(name: string): string {
  if (name.length > longestDnsName || !/^[\x21-\x7e]*$/.test(name)) throw new TftpError('trust-record-host-malformed');
  return name;
}

function ipv4Bytes(address: string): readonly number[] {
  const isDotted = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(address);
  if (!isDotted) throw new TftpError('trust-record-host-malformed');
  return address.split('.').map(Number);
}

/** RSA: DER RSAPublicKey (RFC 8017, A.1.1); EC: the uncompressed point. */
function subjectPublicKey({ spki }: CertificateRecord): Uint8Array {
  try {
    return readPublicKey(spki).subjectPublicKey;
  } catch (cause) {
    if (cause instanceof PkiError) throw new TftpError('trust-record-key-unsupported', undefined, { cause });
    throw cause;
  }
}

/** The value of the certificate's own signature (RFC 5280, 4.1.1.3), without the octet that counts unused bits. */
function signatureValue(certificate: Uint8Array): Uint8Array {
  const parts = new DerReader(readSoleElement(certificate, derTag.sequence).content);
  parts.read(derTag.sequence);
  parts.read(derTag.sequence);
  return parts.read(derTag.bitString).content.subarray(1);
}
