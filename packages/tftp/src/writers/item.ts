import { TftpError } from '../errors.js';

const longestValue = 0xffff;

/**
 * One `tag(1) length(2) value` item; a container when several values are given.
 *
 * @throws TftpError `file-header-too-long` for a value of more than 65,535 bytes.
 */
export function item(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  if (value.length > longestValue) throw new TftpError('file-header-too-long');
  return Buffer.concat([Uint8Array.of(tag, value.length >> 8, value.length & 0xff), value]);
}

/** Numbers of one byte each. */
export function byteItem(tag: number, ...bytes: readonly number[]): Buffer {
  return item(tag, Uint8Array.from(bytes));
}

/** A number of two bytes. */
export function shortItem(tag: number, number: number): Buffer {
  return byteItem(tag, number >> 8, number & 0xff);
}

/** Text with a NUL behind it. */
export function textItem(tag: number, text: string): Buffer {
  return item(tag, Buffer.from(`${text}\0`, 'utf8'));
}

/** The magnitude of a number in its shortest form; `hex` as certificates are read (tftp-file-formats.md, section 2.2). */
export function serialItem(tag: number, hex: string): Buffer {
  return item(tag, Buffer.from(hex, 'hex'));
}
