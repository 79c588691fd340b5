import { TftpError } from '../errors.js';
import { fileExtensions } from '../format/header-tags.js';
import { type SigningOptions, signEnvelope } from './signed-envelope.js';

const longestFileName = 255;

/**
 * Builds a `.sgn` file.
 *
 * @param fileName - As phones ask for it, with extension; files in a directory keep its path (`New_Zealand/g3-tones.xml.sgn`).
 * @throws TftpError `file-name-malformed`, the codes of `signEnvelope`
 */
export async function writeSignedFile(
  fileName: string,
  content: Uint8Array,
  options: SigningOptions,
): Promise<Uint8Array> {
  requireFileName(fileName, 'signed');
  return signEnvelope({ kind: 'signed', fileName, payload: content }, options);
}

/**
 * The extension tells a phone how to read the file, so that it must be the one of its kind.
 *
 * @throws TftpError `file-name-malformed`
 */
export function requireFileName(fileName: string, kind: 'signed' | 'encrypted'): void {
  const isEncrypted = fileName.endsWith(fileExtensions.encrypted);
  const hasExtension = kind === 'encrypted' ? isEncrypted : !isEncrypted && fileName.endsWith(fileExtensions.signed);
  const isPrintable = /^[\x21-\x7e]+$/.test(fileName) && !fileName.includes('\\');
  const staysInside = fileName.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  const hasStem = !fileName.split('/').at(-1)?.startsWith('.');
  if (!hasExtension || !isPrintable || !staysInside || !hasStem || fileName.length > longestFileName) {
    throw new TftpError('file-name-malformed');
  }
}
