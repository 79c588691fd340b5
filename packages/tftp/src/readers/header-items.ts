import { TftpError } from '../errors.js';
import { type FileKind, headerTag as tag } from '../format/header-tags.js';
import { type Item, ItemReader } from './item-reader.js';

/** Stands for the header itself among the containers. */
const top = 0;

interface HeaderItemRule {
  /** The containers that it may stand in. */
  readonly within: readonly number[];
  /** Bytes of the value, where they are fixed. */
  readonly length?: number;
  readonly isContainer?: true;
  /** It may be left out. */
  readonly isOptional?: true;
}

const commonItems: ReadonlyMap<number, HeaderItemRule> = new Map([
  [tag.version, { within: [top], length: 2 }],
  [tag.headerLength, { within: [top], length: 2 }],
  [tag.signerInfo, { within: [top], isContainer: true }],
  [tag.signerName, { within: [tag.signerInfo] }],
  [tag.serialNumber, { within: [tag.signerInfo] }],
  [tag.issuerName, { within: [tag.signerInfo] }],
  [tag.signatureInfo, { within: [top], length: 15, isContainer: true }],
  [tag.hashAlgorithm, { within: [tag.signatureInfo], length: 1 }],
  [tag.signatureAlgorithmInfo, { within: [tag.signatureInfo], length: 8, isContainer: true }],
  [tag.signatureAlgorithm, { within: [tag.signatureAlgorithmInfo], length: 1 }],
  [tag.signatureModulus, { within: [tag.signatureAlgorithmInfo], length: 1 }],
  [tag.signature, { within: [top] }],
  [tag.fileName, { within: [top] }],
  [tag.timeStamp, { within: [top], length: 4 }],
]);

/** 18, 22 and 24 are constants of unknown meaning that readers in use do not look at. */
const encryptionItems: ReadonlyMap<number, HeaderItemRule> = new Map([
  [tag.encryptionInfo, { within: [top], isContainer: true }],
  [tag.ivInfo, { within: [tag.encryptionInfo], length: 28, isContainer: true }],
  [tag.ivKind, { within: [tag.ivInfo], length: 1 }],
  [tag.iv, { within: [tag.ivInfo], length: 16 }],
  [tag.paddingLength, { within: [tag.ivInfo], length: 2 }],
  [tag.keyInfo, { within: [tag.encryptionInfo], isContainer: true }],
  [tag.keyKind, { within: [tag.keyInfo], length: 1 }],
  [tag.keySize, { within: [tag.keyInfo], length: 2 }],
  [tag.keyAlgorithm, { within: [tag.keyInfo], length: 1 }],
  [tag.wrappedKey, { within: [tag.keyInfo] }],
  // The two layouts differ in where the encryption info ends (tftp-file-formats.md, section 1.2).
  [tag.innerHashAlgorithm, { within: [tag.encryptionInfo, top], length: 1 }],
  [tag.innerHash, { within: [tag.encryptionInfo, top] }],
]);

const itemRules: Readonly<Record<FileKind, ReadonlyMap<number, HeaderItemRule>>> = {
  signed: commonItems,
  encrypted: new Map([...commonItems, ...encryptionItems]),
  'trust-list': new Map([...commonItems, [tag.signerVersion, { within: [top], length: 2, isOptional: true }]]),
};

/** The items of a header by tag, each once, in the order in which they stand; containers among them, padding not. */
export type HeaderItems = ReadonlyMap<number, Item>;

/**
 * The items of a header, in any order, each in its place, none twice, none missing, none unknown.
 *
 * @param headerLength - Bytes of the header, at most those of the file.
 * @throws TftpError `file-item-unknown`, `file-item-misplaced`, `file-item-repeated`, `file-item-missing`,
 * `file-item-length-wrong`
 */
export function readHeaderItems(file: Uint8Array, kind: FileKind, headerLength: number): HeaderItems {
  const rules = itemRules[kind];
  const found = new Map<number, Item>();

  function readContainer(container: number, reader: ItemReader): void {
    while (!reader.atEnd) {
      if (container === top && reader.nextTag === tag.padding) {
        requirePadding(reader.rest());
        return;
      }
      const item = reader.next();
      const rule = rules.get(item.tag);
      if (rule === undefined) throw new TftpError('file-item-unknown', `The header holds an item ${item.tag}.`);
      if (!rule.within.includes(container)) {
        throw new TftpError('file-item-misplaced', `Item ${item.tag} stands where it does not belong.`);
      }
      if (found.has(item.tag))
        throw new TftpError('file-item-repeated', `Item ${item.tag} stands twice in the header.`);
      if (rule.length !== undefined && rule.length !== item.value.length) {
        throw new TftpError('file-item-length-wrong', `Item ${item.tag} has ${item.value.length} bytes.`);
      }
      found.set(item.tag, item);
      if (rule.isContainer) readContainer(item.tag, new ItemReader(file, item.start + 3, item.end));
    }
  }

  readContainer(top, new ItemReader(file, 0, headerLength));
  for (const [wanted, { isOptional }] of rules) {
    if (!isOptional && !found.has(wanted)) throw new TftpError('file-item-missing', `The header lacks item ${wanted}.`);
  }
  return found;
}

/**
 * Behind the last item stand bytes `0D` alone, or an item `0D 00 00`: headers of real servers miss three bytes that may be
 * either (tftp-file-formats.md, section 1.3).
 */
function requirePadding(rest: Uint8Array): void {
  const isEmptyItem = rest.length === 3 && rest[1] === 0 && rest[2] === 0;
  if (!isEmptyItem && rest.some((byte) => byte !== tag.padding)) throw new TftpError('file-item-misplaced');
}
