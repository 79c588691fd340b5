import { TftpError } from '../errors.js';
import { type FileHeader, readEnvelope } from './envelope.js';
import { type KnownSigner, verifySigner } from './known-signer.js';

/** What must be true of a configuration file before anything in it is believed. */
export interface ExpectedFile {
  /** The name that it was asked for by, with its extension; with its directory where it has one. */
  readonly fileName: string;
  /** The certificates that the trust list holds with the roles TFTP and CCM+TFTP. */
  readonly signers: readonly KnownSigner[];
}

/** A `.sgn` file whose signature was verified; the views share the memory of the file. */
export interface SignedFile {
  readonly header: FileHeader;
  readonly signer: KnownSigner;
  readonly content: Uint8Array;
}

/**
 * Reads a `.sgn` file: of a known signer, unaltered, and under the name that it was asked for by.
 *
 * @throws TftpError the codes of `readEnvelope`, `file-signer-unknown`, `file-signature-invalid`, `file-name-unexpected`
 */
export function readSignedFile(file: Uint8Array, expected: ExpectedFile): SignedFile {
  const envelope = readEnvelope(file, 'signed');
  const signer = verifySigner(envelope, expected.signers);
  requireName(envelope.header, expected.fileName);
  return { header: envelope.header, signer, content: envelope.payload };
}

/**
 * A file that was signed for one phone must not pass as that of another.
 *
 * @throws TftpError `file-name-unexpected`
 */
export function requireName(header: FileHeader, fileName: string): void {
  if (header.fileName !== fileName) throw new TftpError('file-name-unexpected');
}
