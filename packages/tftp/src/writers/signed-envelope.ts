import { TftpError } from '../errors.js';
import { type FileHash, hashCodes, rsaSignature } from '../format/algorithms.js';
import {
  type FileKind,
  fileVersions,
  headerTag,
  longestFile,
  longestHeader,
  longestTrustList,
} from '../format/header-tags.js';
import { type FileSigner, modulusCode } from './file-signer.js';
import { byteItem, item, serialItem, shortItem, textItem } from './item.js';
import { defaultLayout, type Layout, type LayoutName, layouts } from './layout.js';
import { nameText } from './name-text.js';

/** How a file is signed. */
export interface SigningOptions {
  readonly signer: FileSigner;
  /** SHA-1, or SHA-512 where all phones of the site know it: those that do not stop working. */
  readonly hash: FileHash;
  /** The time stamp; whole seconds count. */
  readonly at: Date;
  /** `usecallmanager` unless given. */
  readonly layout?: LayoutName;
}

/** What stands in the envelope. */
export interface EnvelopeContent {
  readonly kind: FileKind;
  readonly fileName: string;
  /** Items between header length and signer info. */
  readonly itemsBeforeSigner?: readonly Uint8Array[];
  /** Items behind the time stamp. */
  readonly itemsBehindTime?: readonly Uint8Array[];
  readonly payload: Uint8Array;
}

/** Headers are a multiple of so many bytes. */
const headerUnit = 4;
/** Where the header length stands: behind the version and its own tag and length. */
const headerLengthOffset = 8;
const latestTime = 0xffff_ffff;

/**
 * Puts an envelope round a content and signs all of it.
 *
 * @returns header and content.
 * @throws TftpError `file-time-unrepresentable`, `file-header-too-long`, `file-too-long`, `trust-list-too-long`,
 * `file-signer-size-unsupported`, `file-signing-failed`
 */
export async function signEnvelope(content: EnvelopeContent, options: SigningOptions): Promise<Buffer> {
  const { signer, hash } = options;
  const layout = layoutOf(options);
  const beforeSignature = Buffer.concat([
    byteItem(headerTag.version, ...fileVersions[content.kind]),
    shortItem(headerTag.headerLength, 0),
    ...(content.itemsBeforeSigner ?? []),
    signerInfo(signer, layout),
    signatureInfo(signer, hash),
  ]);
  const behindSignature = Buffer.concat([
    textItem(headerTag.fileName, content.fileName),
    item(headerTag.timeStamp, timeStamp(options.at)),
    ...(content.itemsBehindTime ?? []),
  ]);
  const signatureItemBytes = 3 + signer.modulusBits / 8;
  const unpadded = beforeSignature.length + signatureItemBytes + behindSignature.length;
  const padding = Buffer.alloc((headerUnit - (unpadded % headerUnit)) % headerUnit, headerTag.padding);
  const headerLength = unpadded + padding.length;
  if (headerLength > longestHeader) throw new TftpError('file-header-too-long');
  requireLength(content.kind, headerLength + content.payload.length);

  // What is signed holds the length that the header has once the signature stands in it (tftp-file-formats.md, section 3).
  beforeSignature.writeUInt16BE(headerLength, headerLengthOffset);
  const rest = [behindSignature, padding, content.payload];
  const signature = await signer.sign(hash, Buffer.concat([beforeSignature, ...rest]));
  if (signature.length !== signer.modulusBits / 8) throw new TftpError('file-signing-failed');
  return Buffer.concat([beforeSignature, item(headerTag.signature, signature), ...rest]);
}

/** The layout that the options name. */
export function layoutOf({ layout = defaultLayout }: SigningOptions): Layout {
  return layouts[layout];
}

function signerInfo({ certificate }: FileSigner, layout: Layout): Buffer {
  const items = {
    [headerTag.signerName]: textItem(headerTag.signerName, nameText(certificate.subjectDer, layout)),
    [headerTag.serialNumber]: serialItem(headerTag.serialNumber, certificate.serial),
    [headerTag.issuerName]: textItem(headerTag.issuerName, nameText(certificate.issuerDer, layout)),
  };
  return item(headerTag.signerInfo, ...layout.signerItems.map((tag) => items[tag]));
}

function signatureInfo({ modulusBits }: FileSigner, hash: FileHash): Buffer {
  return item(
    headerTag.signatureInfo,
    byteItem(headerTag.hashAlgorithm, hashCodes[hash]),
    item(
      headerTag.signatureAlgorithmInfo,
      byteItem(headerTag.signatureAlgorithm, rsaSignature),
      byteItem(headerTag.signatureModulus, modulusCode(modulusBits)),
    ),
  );
}

function timeStamp(at: Date): Buffer {
  const seconds = Math.floor(at.getTime() / 1_000);
  if (!(seconds >= 0 && seconds <= latestTime)) throw new TftpError('file-time-unrepresentable');
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(seconds);
  return bytes;
}

function requireLength(kind: FileKind, bytes: number): void {
  if (kind === 'trust-list' && bytes > longestTrustList) throw new TftpError('trust-list-too-long');
  if (bytes > longestFile) throw new TftpError('file-too-long');
}
