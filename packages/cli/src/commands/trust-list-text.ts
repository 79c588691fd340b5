import type { InspectedRecord, InspectedTrustList } from '@opencapf/tftp/readers';
import type { TrustListDescription } from './trust-list-description.js';

const heading = ['BYTEPOS TAG             LENGTH  VALUE', '------- ---             ------  -----'] as const;

/** Names and order of the items as `show itl` and `show ctl` print them; tags of header and records are numbered apart. */
const headerItems: readonly (readonly [tag: number, name: string])[] = [
  [3, 'SIGNERID'],
  [4, 'SIGNERNAME'],
  [5, 'SERIALNUMBER'],
  [6, 'CANAME'],
];
const recordItems: readonly (readonly [tag: number, name: string])[] = [
  [1, 'RECORDLENGTH'],
  [2, 'DNSNAME'],
  [3, 'SUBJECTNAME'],
  [4, 'FUNCTION'],
  [5, 'ISSUERNAME'],
  [6, 'SERIALNUMBER'],
  [7, 'PUBLICKEY'],
  [8, 'SIGNATURE'],
  [9, 'CERTIFICATE'],
  [10, 'IPADDRESS'],
];

/** The list as `show itl` and `show ctl` print it, with verdict and warnings behind it. */
export function trustListText(list: InspectedTrustList, described: TrustListDescription): string {
  const kind = (list.claimedKind ?? 'trust list').toUpperCase();
  const { claimedHeader: header, headerItemBytes } = list;
  const signer: Readonly<Record<number, string>> = {
    3: String(headerItemBytes.get(3) ?? 0),
    4: header.signerName,
    5: colons(header.serialNumber),
    6: header.issuerName,
  };
  const lines = [
    'The checksum value of the file:',
    `${described.md5} (MD5)`,
    `${described.sha1} (SHA1)`,
    `Length of ${kind} file: ${list.bytes} (phones load ${described.byteLimit})`,
    `The ${kind} File was last modified on ${header.signedAt.toUTCString()}`,
    '',
    ...underlined(`Parse ${kind} File`),
    `Version:        1.2${header.signerVersion === undefined ? '' : ` (signer version ${header.signerVersion})`}`,
    `HeaderLength:   ${header.headerLength} (BYTES)`,
    '',
    ...heading,
    ...headerItems.map(([tag, name]) =>
      // The length of a container stands where its value would; its own length field has two bytes.
      row(tag, name, tag === 3 ? 2 : headerItemBytes.get(tag), signer[tag]),
    ),
    ...list.inspectedRecords.flatMap((record, at) => recordLines(kind, record, described.records[at])),
    '',
    ...verdictLines(kind, described),
    ...described.warnings.map(({ message }) => `Warning: ${message}`),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function recordLines(
  kind: string,
  record: InspectedRecord,
  described: TrustListDescription['records'][number] | undefined,
): readonly string[] {
  const certificate = described?.certificate;
  const values: Readonly<Record<number, string | undefined>> = {
    1: String(record.length),
    2: record.dnsName,
    3: record.subjectName,
    4: record.role === 'SAST' ? 'System Administrator Security Token' : (record.role ?? `unknown (${record.roleCode})`),
    5: record.issuerName,
    6: colons(record.serialNumber ?? ''),
    9: certificate ? `${spaced(certificate.sha1)} (SHA1 Hash HEX)` : 'unreadable',
    10: record.ipAddress,
  };
  return [
    '',
    ...underlined(`${kind} Record #:${described?.record ?? 0}`),
    ...heading,
    ...recordItems
      .filter(([tag]) => record.itemBytes.has(tag))
      .map(([tag, name]) => row(tag, name, record.itemBytes.get(tag), values[tag])),
    ...(certificate
      ? [`The certificate is valid until ${certificate.notAfter} (${certificate.key ?? 'unknown key'}).`]
      : []),
    ...(record.role === 'SAST'
      ? [`This etoken was ${described?.signedTheList ? '' : 'not '}used to sign the ${kind} file.`]
      : []),
    ...(record.faultCode === undefined ? [] : [`This record is wrong: ${record.faultCode}.`]),
  ];
}

function verdictLines(
  kind: string,
  { verified, signedByRecord, code, reason }: TrustListDescription,
): readonly string[] {
  if (verified) return [`The ${kind} file was verified successfully, by record #:${signedByRecord}.`];
  return [`Verification of the ${kind} File Failed: ${reason} [${code}]`];
}

function row(tag: number, name: string, bytes: number | undefined, value = ''): string {
  return `${String(tag).padEnd(8)}${name.padEnd(16)}${String(bytes ?? 0).padEnd(8)}${value}`.trimEnd();
}

function underlined(title: string): readonly string[] {
  return [title, '-'.repeat(title.length)];
}

function colons(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

function spaced(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(' ');
}

/** Whatever a file calls itself, it moves no cursor. */
function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cs}\p{Cf}]/gu, '?');
}
