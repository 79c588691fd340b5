import { isAscii } from 'node:buffer';
import { TftpError } from '../errors.js';

/** The text of a file, and the way back to its bytes. */
export interface EncodedText {
  /** In lower case: `utf-8`, `utf-16le`, `utf-16be`, `iso-8859-1` or `us-ascii`. */
  readonly encoding: XmlEncoding;
  /** With the byte order mark, if there is one, as its first character. */
  readonly text: string;
}

/** What files for phones are written in. */
export type XmlEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'us-ascii';

/**
 * Finds out how an XML file is encoded (XML 1.0, appendix F: byte order mark, else the declaration, else UTF-8), and decodes it so
 * that {@link encodeText} gives the same bytes again.
 *
 * @throws TftpError `configuration-encoding-unsupported`, `configuration-encoding-wrong`
 */
export function decodeXml(bytes: Uint8Array): EncodedText {
  const encoding = encodingOf(bytes);
  const text = decode(bytes, encoding);
  if (text === undefined) throw new TftpError('configuration-encoding-wrong', `The file is not valid ${encoding}.`);
  return { encoding, text };
}

/**
 * Bytes of a text; what the encoding has no character for becomes a character reference.
 *
 * @param text - where such characters stand as text or in values of attributes only
 */
export function encodeText(text: string, encoding: XmlEncoding): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'iso-8859-1':
      return Buffer.from(text.replaceAll(/[^\0-\xff]/gu, characterReference), 'latin1');
    case 'us-ascii':
      return Buffer.from(text.replaceAll(/[^\0-\x7f]/gu, characterReference), 'latin1');
  }
}

function characterReference(character: string): string {
  return `&#x${character.codePointAt(0)?.toString(16).toUpperCase()};`;
}

function encodingOf(bytes: Uint8Array): XmlEncoding {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const hasMark = first === 0xef && second === 0xbb && third === 0xbf;
  const declaration = /^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/;
  const declared = declaration.exec(Buffer.from(bytes.subarray(hasMark ? 3 : 0, 256)).toString('latin1'))?.[1];
  const name = declared?.toLowerCase() ?? 'utf-8';
  if (hasMark && name !== 'utf-8') {
    throw new TftpError('configuration-encoding-wrong', `The file is UTF-8 by its first bytes, and says ${declared}.`);
  }
  if (name === 'utf-8' || name === 'iso-8859-1' || name === 'us-ascii') return name;
  throw new TftpError(
    'configuration-encoding-unsupported',
    `The file says that its encoding is ${declared}. Save it as UTF-8.`,
  );
}

function decode(bytes: Uint8Array, encoding: XmlEncoding): string | undefined {
  const buffer = Buffer.from(bytes);
  switch (encoding) {
    case 'utf-8':
      return exact(() => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer));
    case 'utf-16le':
      return exact(() => new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }).decode(buffer));
    case 'utf-16be':
      return buffer.length % 2 === 0 ? decode(buffer.swap16(), 'utf-16le') : undefined;
    case 'iso-8859-1':
      return buffer.toString('latin1');
    case 'us-ascii':
      return isAscii(buffer) ? buffer.toString('latin1') : undefined;
  }
}

function exact(decoding: () => string): string | undefined {
  try {
    return decoding();
  } catch {
    return undefined;
  }
}
