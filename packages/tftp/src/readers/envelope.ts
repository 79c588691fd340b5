import { TftpError } from '../errors.js';
import { type FileHash, hashCodes, modulusSizes, rsaSignature } from '../format/algorithms.js';
import { type FileKind, fileVersions, headerTag, longestFile, longestTrustList } from '../format/header-tags.js';
import { type HeaderItems, readHeaderItems } from './header-items.js';
import { readHex, readNumber, readText } from './item-reader.js';

/** What a header says; believable only once the signature has been verified. */
export interface FileHeader {
  readonly kind: FileKind;
  /** Bytes from the beginning of the file to the content. */
  readonly headerLength: number;
  /** Major and minor number, `1.0` or `1.1`; only trust lists may have one. */
  readonly signerVersion: string | undefined;
  readonly signerName: string;
  readonly issuerName: string;
  /** Of the signing certificate, as it stands there, lower-case hex. */
  readonly serialNumber: string;
  readonly hash: FileHash;
  /** Size of the signing key. */
  readonly modulusBits: number;
  /** The name that the file was signed under. */
  readonly fileName: string;
  /** When it was signed, by its server's clock, in whole seconds. */
  readonly signedAt: Date;
  /** Tags in the order in which they stand, containers before what they hold, padding left out. */
  readonly itemOrder: readonly number[];
}

/** A file taken apart and not verified yet; all views share the memory of the file. */
export interface Envelope {
  readonly header: FileHeader;
  readonly items: HeaderItems;
  readonly signature: Uint8Array;
  /** All that was signed: the file without the item that holds the signature. */
  readonly signedParts: readonly [Uint8Array, Uint8Array];
  readonly payload: Uint8Array;
}

/** Version and header length stand at fixed places (tftp-file-formats.md, section 1). */
const fixedBytes = 10;

/**
 * Takes a file apart.
 *
 * @throws TftpError `file-unrecognised`, `file-version-unexpected`, `file-too-long`, `trust-list-too-long`, `file-cut-off`,
 * the codes of `readHeaderItems`, `file-item-value-unsupported`, `file-text-malformed`
 */
export function readEnvelope(file: Uint8Array, kind: FileKind): Envelope {
  if (kind === 'trust-list' && file.length > longestTrustList) throw new TftpError('trust-list-too-long');
  if (file.length > longestFile) throw new TftpError('file-too-long');
  const headerLength = readFixedPart(file, kind);
  const items = readHeaderItems(file, kind, headerLength);
  const header = describe(kind, headerLength, items);
  const signature = required(items, headerTag.signature);
  if (signature.value.length !== header.modulusBits / 8) {
    throw new TftpError('file-item-length-wrong', 'The signature is not as long as the modulus of its key.');
  }
  return {
    header,
    items,
    signature: signature.value,
    signedParts: [file.subarray(0, signature.start), file.subarray(signature.end)],
    payload: file.subarray(headerLength),
  };
}

function readFixedPart(file: Uint8Array, kind: FileKind): number {
  const [versionTag, versionHigh, versionLow, major, minor, lengthTag, lengthHigh, lengthLow] = file;
  const begins = versionTag === headerTag.version && versionHigh === 0 && versionLow === 2;
  const goesOn = lengthTag === headerTag.headerLength && lengthHigh === 0 && lengthLow === 2;
  if (!begins || !goesOn) throw new TftpError('file-unrecognised');
  const [wantedMajor, wantedMinor] = fileVersions[kind];
  if (major !== wantedMajor || minor !== wantedMinor) {
    throw new TftpError('file-version-unexpected', `The version of the file is ${major}.${minor}.`);
  }
  const headerLength = readNumber(file.subarray(8, fixedBytes));
  if (file.length < fixedBytes || headerLength > file.length) throw new TftpError('file-cut-off');
  return headerLength;
}

function describe(kind: FileKind, headerLength: number, items: HeaderItems): FileHeader {
  const signatureAlgorithm = readNumber(itemValue(items, headerTag.signatureAlgorithm));
  if (signatureAlgorithm !== rsaSignature) {
    throw new TftpError('file-item-value-unsupported', `The signature algorithm ${signatureAlgorithm} is unknown.`);
  }
  const modulusCode = readNumber(itemValue(items, headerTag.signatureModulus));
  const modulusBits = modulusSizes[modulusCode];
  if (modulusBits === undefined) {
    throw new TftpError('file-item-value-unsupported', `The size code ${modulusCode} of an RSA key is unknown.`);
  }
  const version = items.get(headerTag.signerVersion)?.value;
  return {
    kind,
    headerLength,
    signerVersion: version && `${version[0]}.${version[1]}`,
    signerName: readText(itemValue(items, headerTag.signerName)),
    issuerName: readText(itemValue(items, headerTag.issuerName)),
    serialNumber: readHex(itemValue(items, headerTag.serialNumber)),
    hash: readHash(itemValue(items, headerTag.hashAlgorithm)),
    modulusBits,
    fileName: readText(itemValue(items, headerTag.fileName)),
    signedAt: new Date(readNumber(itemValue(items, headerTag.timeStamp)) * 1_000),
    itemOrder: [...items.keys()],
  };
}

/** @throws TftpError `file-item-value-unsupported` */
export function readHash(value: Uint8Array): FileHash {
  const code = readNumber(value);
  for (const hash of ['sha1', 'sha512'] as const) if (hashCodes[hash] === code) return hash;
  throw new TftpError('file-item-value-unsupported', `The hash algorithm ${code} is none that phones know.`);
}

/** The value of an item that files of this kind must have. */
export function itemValue(items: HeaderItems, tag: number): Uint8Array {
  return required(items, tag).value;
}

function required(items: HeaderItems, tag: number) {
  const item = items.get(tag);
  if (item === undefined) throw new TftpError('file-item-missing', `The header lacks item ${tag}.`);
  return item;
}
