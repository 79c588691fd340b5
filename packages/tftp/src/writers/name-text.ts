import { type NameAttribute, readName } from '@opencapf/pki';
import type { Layout } from './layout.js';

const typeNames: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.6', 'C'],
  ['2.5.4.9', 'STREET'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
]);

/**
 * A name of a certificate as phones' files have it, in headers and in records alike, since a phone may compare the two as bytes
 * (tftp-file-formats.md, section 2.1).
 *
 * @param name - DER Name of a certificate that was read.
 */
export function nameText(name: Uint8Array, { nameSeparator, firstAttributes }: Layout): string {
  const attributes = readName(name).flat();
  const first = firstAttributes.flatMap((type) => attributes.filter((attribute) => attribute.type === type));
  const others = attributes.filter(({ type }) => !firstAttributes.includes(type));
  return [...first, ...others].map(attributeText).join(nameSeparator);
}

function attributeText({ type, text, raw }: NameAttribute): string {
  const value = text === undefined ? `#${Buffer.from(raw).toString('hex')}` : escapeText(text);
  return `${typeNames.get(type) ?? type}=${value}`;
}

function escapeText(text: string): string {
  return text
    .replace(/[\\,;+"<>]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[# ]|(?<=.) $/gs, '\\$&');
}
