import type { LayoutName } from '../writers/layout.js';
import {
  type ConfigurationDocument,
  longestBuiltConfiguration,
  readDocument,
  type XmlElement,
} from './element-tree.js';

/** How the partial file is written (tftp-file-formats.md, sections 6.1 and 6.2). */
interface PartialLayout {
  /** What is copied from the full file. */
  readonly copied: readonly string[];
  /** Whether in the order of the full file, instead of the one above. */
  readonly inOrderOfFile: boolean;
  readonly indent: string;
  /** How `fullConfig` says no. */
  readonly no: string;
}

const layouts: Readonly<Record<LayoutName, PartialLayout>> = {
  usecallmanager: {
    copied: ['ipAddressMode', 'loadInformation', 'capfAuthMode', 'capfList'],
    inOrderOfFile: true,
    indent: '  ',
    no: 'false',
  },
  cisco: {
    copied: ['loadInformation', 'ipAddressMode', 'capfAuthMode', 'capfList'],
    inOrderOfFile: false,
    indent: '',
    no: 'False',
  },
};

/**
 * The partial file that a phone is served while its full one goes out encrypted: what it needs to find CAPF and to compare its hash.
 * Nothing is added for an element that the full file lacks.
 *
 * @param full - the full file with the device's state set
 * @param certHash - 32 lower-case hex digits; empty while no certificate is known
 * @returns UTF-8, line feeds
 * @throws TftpError the codes of `readDocument`
 */
export function partialConfiguration(full: Uint8Array, certHash: string, layoutName: LayoutName): Buffer {
  const document = readDocument(full, longestBuiltConfiguration);
  const layout = layouts[layoutName];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<device>',
    `${layout.indent}<fullConfig>${layout.no}</fullConfig>`,
    ...copied(document, layout).flatMap((element) => written(document, element, layout.indent, 1)),
    `${layout.indent}<certHash>${certHash}</certHash>`,
    `${layout.indent}<encrConfig>true</encrConfig>`,
    '</device>',
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

function copied({ device }: ConfigurationDocument, { copied, inOrderOfFile }: PartialLayout): readonly XmlElement[] {
  const found = device.children.filter(({ name }) => copied.includes(name));
  return inOrderOfFile ? found : found.sort((one, other) => copied.indexOf(one.name) - copied.indexOf(other.name));
}

/** An element with what it holds, each of its elements on a line. */
function written(
  document: ConfigurationDocument,
  element: XmlElement,
  indent: string,
  depth: number,
): readonly string[] {
  const { text } = document;
  const { start, contentStart, contentEnd, end, children, isEmptyTag } = element;
  const margin = indent.repeat(depth);
  const isText = isEmptyTag || children.length === 0 || element.text.trim() !== '';
  if (isText) return [`${margin}${text.slice(start, end)}`];
  return [
    `${margin}${text.slice(start, contentStart)}`,
    ...children.flatMap((child) => written(document, child, indent, depth + 1)),
    `${margin}${text.slice(contentEnd, end)}`,
  ];
}
