import { constants, createDecipheriv, createHash, createPublicKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { exportSpki, readPublicKey } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { blockBytes, cipher, hashBytes, shortestWrapPadding } from '../format/algorithms.js';
import { headerTag } from '../format/header-tags.js';
import { type Envelope, type FileHeader, itemValue, readEnvelope, readHash } from './envelope.js';
import { readNumber } from './item-reader.js';
import { type KnownSigner, verifySigner } from './known-signer.js';
import { type ExpectedFile, requireName } from './signed-file.js';

/** What must be true of an encrypted file, and who it is for. */
export interface ExpectedEncryptedFile extends ExpectedFile {
  /** The private key of the phone's LSC, or of its MIC where it has none; RSA. */
  readonly phoneKey: KeyObject;
}

/** A `.enc.sgn` file that was verified and decrypted. */
export interface DecryptedFile {
  readonly header: FileHeader;
  readonly signer: KnownSigner;
  /** The full configuration, byte for byte. */
  readonly content: Uint8Array;
}

/**
 * Reads a `.enc.sgn` file; nothing is decrypted before its signature was verified.
 *
 * @throws TftpError the codes of `readSignedFile`, `file-key-other`, `file-key-unreadable`, `file-padding-wrong`,
 * `file-content-altered`
 */
export function openEncryptedFile(file: Uint8Array, expected: ExpectedEncryptedFile): DecryptedFile {
  const envelope = readEnvelope(file, 'encrypted');
  const signer = verifySigner(envelope, expected.signers);
  requireName(envelope.header, expected.fileName);
  const content = decrypt(envelope, unwrapKey(envelope, expected.phoneKey));
  requireInnerHash(envelope, content);
  return { header: envelope.header, signer, content };
}

/** Node does not unpad RSAES-PKCS1-v1_5. To tell its faults apart gives nothing away: only a known signer gets here. */
function unwrapKey({ items }: Envelope, phoneKey: KeyObject): Uint8Array {
  const wrapped = itemValue(items, headerTag.wrappedKey);
  const bits = rsaBits(phoneKey);
  if (readNumber(itemValue(items, headerTag.keySize)) !== bits || wrapped.length !== Math.ceil(bits / 8)) {
    throw new TftpError('file-key-other', 'The file is encrypted for a key of another size.');
  }
  let block: Uint8Array;
  try {
    block = privateDecrypt({ key: phoneKey, padding: constants.RSA_NO_PADDING }, wrapped);
  } catch (cause) {
    throw new TftpError('file-key-unreadable', undefined, { cause });
  }
  const end = block.indexOf(0, 2);
  const key = block.subarray(end + 1);
  if (block[0] !== 0 || block[1] !== 2 || end < 2 + shortestWrapPadding || key.length !== blockBytes) {
    throw new TftpError('file-key-unreadable');
  }
  return key;
}

function rsaBits(phoneKey: KeyObject): number {
  const { kind, size } = readPublicKey(exportSpki(createPublicKey(phoneKey)));
  if (kind !== 'rsa') throw new TftpError('file-key-other', 'The key at hand is no RSA key.');
  return size;
}

function decrypt({ items, payload }: Envelope, key: Uint8Array): Uint8Array {
  const padding = readNumber(itemValue(items, headerTag.paddingLength));
  const isWhole = payload.length > 0 && payload.length % blockBytes === 0;
  if (!isWhole || padding < 1 || padding > blockBytes) throw new TftpError('file-padding-wrong');
  const decipher = createDecipheriv(cipher, key, itemValue(items, headerTag.iv)).setAutoPadding(false);
  const plaintext = Buffer.concat([decipher.update(payload), decipher.final()]);
  return plaintext.subarray(0, plaintext.length - padding);
}

function requireInnerHash({ items }: Envelope, content: Uint8Array): void {
  const hash = readHash(itemValue(items, headerTag.innerHashAlgorithm));
  const promised = itemValue(items, headerTag.innerHash);
  if (promised.length !== hashBytes[hash]) {
    throw new TftpError('file-item-length-wrong', 'The hash of the content is not of the length of its kind.');
  }
  if (!createHash(hash).update(content).digest().equals(promised)) throw new TftpError('file-content-altered');
}
