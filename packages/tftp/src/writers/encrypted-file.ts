import { createCipheriv, createHash } from 'node:crypto';
import type { RandomBytes } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { blockBytes, cipher, type FileHash, hashCodes } from '../format/algorithms.js';
import { headerTag } from '../format/header-tags.js';
import { byteItem, item, shortItem } from './item.js';
import { wrapKey, wrappingKey } from './key-wrap.js';
import type { Layout } from './layout.js';
import { layoutOf, type SigningOptions, signEnvelope } from './signed-envelope.js';
import { requireFileName } from './signed-file.js';

/** How a file is encrypted and signed. */
export interface EncryptionOptions extends SigningOptions {
  /** DER SubjectPublicKeyInfo of the phone's LSC, or of its MIC where it has none; RSA. */
  readonly phoneKey: Uint8Array;
  /** Gives the key of the content, its vector and the padding of the wrapped key, in this order; all new for each file. */
  readonly random: RandomBytes;
}

/** What pads the content; readers go by the number of bytes and not by their value. */
const paddingByte = 0x0d;

/**
 * Builds a `.enc.sgn` file: the content under AES-128-CBC with a key of its own, which is wrapped for the phone.
 *
 * @param fileName - As phones ask for it: `SEP<MAC>.cnf.xml.enc.sgn`.
 * @throws TftpError `file-name-malformed`, `file-phone-key-not-rsa`, `file-phone-key-unusable`, `file-randomness-unusable`, the codes of
 * `signEnvelope`
 */
export async function writeEncryptedFile(
  fileName: string,
  content: Uint8Array,
  options: EncryptionOptions,
): Promise<Uint8Array> {
  requireFileName(fileName, 'encrypted');
  const phoneKey = wrappingKey(options.phoneKey);
  const key = drawBlock(options.random);
  const iv = drawBlock(options.random);
  // A whole block where nothing is missing: a padding of no bytes is not readable.
  const paddingLength = blockBytes - (content.length % blockBytes);
  const encryption = createCipheriv(cipher, key, iv).setAutoPadding(false);
  const payload = Buffer.concat([
    encryption.update(content),
    encryption.update(Buffer.alloc(paddingLength, paddingByte)),
    encryption.final(),
  ]);
  const ivInfo = item(
    headerTag.ivInfo,
    byteItem(headerTag.ivKind, 0),
    item(headerTag.iv, iv),
    shortItem(headerTag.paddingLength, paddingLength),
  );
  const keyInfo = item(
    headerTag.keyInfo,
    byteItem(headerTag.keyKind, 0),
    shortItem(headerTag.keySize, phoneKey.bits),
    byteItem(headerTag.keyAlgorithm, 1),
    item(headerTag.wrappedKey, wrapKey(phoneKey, key, options.random)),
  );
  const itemsBehindTime = encryptionInfo([ivInfo, keyInfo], innerHash(options.hash, content), layoutOf(options));
  return signEnvelope({ kind: 'encrypted', fileName, itemsBehindTime, payload }, options);
}

function drawBlock(random: RandomBytes): Uint8Array {
  const block = random(blockBytes);
  if (block.length !== blockBytes) throw new TftpError('file-randomness-unusable');
  return block;
}

/** Over the content before it is padded, by the hash that signs the file (tftp-file-formats.md, section 4). */
function innerHash(hash: FileHash, content: Uint8Array): readonly Buffer[] {
  return [
    byteItem(headerTag.innerHashAlgorithm, hashCodes[hash]),
    item(headerTag.innerHash, createHash(hash).update(content).digest()),
  ];
}

function encryptionInfo(
  parameters: readonly Buffer[],
  hash: readonly Buffer[],
  { encryptionHoldsHash }: Layout,
): readonly Buffer[] {
  return encryptionHoldsHash
    ? [item(headerTag.encryptionInfo, ...parameters, ...hash)]
    : [item(headerTag.encryptionInfo, ...parameters), ...hash];
}
