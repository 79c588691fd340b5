import { sign } from 'node:crypto';
import type { CertificateRecord, KeyPair, KeyType } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { type FileHash, modulusSizes } from '../format/algorithms.js';

/** A certificate and its key, which sign files. */
export interface FileSigner {
  readonly certificate: CertificateRecord;
  /** Size of the RSA key. */
  readonly modulusBits: number;
  /**
   * RSASSA-PKCS1-v1_5: the same bytes each time.
   *
   * @throws TftpError `file-signing-failed`
   */
  sign(hash: FileHash, data: Uint8Array): Promise<Uint8Array>;
}

/** What phones read without doubt (tftp-file-formats.md, section 1.1); 512 bits anybody can break, and of 4096 documentation does not know. */
const sizesOfAllPhones: readonly number[] = [1024, 2048];

/**
 * Whether phones can read what is signed with a key of this kind.
 *
 * @throws TftpError `file-signer-not-rsa`, `file-signer-size-unsupported`
 */
export function requireKeyOfSigner(type: KeyType | undefined): asserts type is KeyType & { readonly kind: 'rsa' } {
  if (type?.kind !== 'rsa') throw new TftpError('file-signer-not-rsa');
  if (!sizesOfAllPhones.includes(type.size)) {
    throw new TftpError(
      'file-signer-size-unsupported',
      `Phones cannot be relied on to read what is signed with an RSA key of ${type.size} bits. Use one of 2048 bits.`,
    );
  }
}

/**
 * A signer on a key in memory. It works on libuv's threads and never on the event loop.
 *
 * @throws TftpError `file-signer-not-rsa`, `file-signer-size-unsupported`, `file-signer-key-mismatch`
 */
export function createFileSigner(certificate: CertificateRecord, { privateKey, spki, type }: KeyPair): FileSigner {
  requireKeyOfSigner(type);
  if (!Buffer.from(spki).equals(certificate.spki)) throw new TftpError('file-signer-key-mismatch');
  return {
    certificate,
    modulusBits: type.size,
    sign: (hash, data) =>
      new Promise((resolve, reject) => {
        sign(hash, data, privateKey, (cause, signature) => {
          if (cause) reject(new TftpError('file-signing-failed', undefined, { cause }));
          else resolve(signature);
        });
      }),
  };
}

/**
 * The code of a key's size in a header.
 *
 * @throws TftpError `file-signer-size-unsupported`
 */
export function modulusCode(bits: number): number {
  const code = (modulusSizes as readonly number[]).indexOf(bits);
  if (code < 0) throw new TftpError('file-signer-size-unsupported');
  return code;
}
