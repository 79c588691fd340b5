import { SaxesParser } from 'saxes';
import { TftpError } from '../errors.js';
import { decodeXml, type XmlEncoding } from './encoding.js';

/** One element, and where it stands: offsets into the text. */
export interface XmlElement {
  readonly name: string;
  /** Line of its start tag's end, from 1. */
  readonly line: number;
  /** Its first character. */
  readonly start: number;
  /** Behind its start tag. */
  readonly contentStart: number;
  /** Before its end tag; of an empty-element tag, behind it. */
  readonly contentEnd: number;
  /** Behind its end tag. */
  readonly end: number;
  /** Whether it is one empty-element tag: `<certHash/>`. */
  readonly isEmptyTag: boolean;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

/** A configuration file that was read. */
export interface ConfigurationDocument {
  readonly encoding: XmlEncoding;
  readonly text: string;
  /** The element `device`. */
  readonly device: XmlElement;
}

/** Bytes of a configuration file; real ones are of 10 to 30 KB. */
export const longestConfiguration = 1024 * 1024;
/** The same of one in which a device's state is set: its elements are a few KB at most. */
export const longestBuiltConfiguration = longestConfiguration + 64 * 1024;
/** Elements in a file, and in each other. */
const mostElements = 20_000;
const deepest = 64;

/** Elements that OpenCAPF sets, or copies into the partial file: each once at most, as a child of `device`. */
const onlyOnce: ReadonlySet<string> = new Set([
  'fullConfig',
  'ipAddressMode',
  'loadInformation',
  'capfAuthMode',
  'capfList',
  'certHash',
  'encrConfig',
]);

type Growing = { -readonly [Key in keyof XmlElement]: XmlElement[Key] } & { children: XmlElement[] };

/**
 * Reads a full `SEP<MAC>.cnf.xml`: well-formed XML without a document type, of bounded size, with `device` as its root.
 *
 * @param longest - in bytes
 * @throws TftpError `configuration-too-long`, `configuration-malformed`, `configuration-doctype-refused`,
 * `configuration-too-many-elements`, `configuration-root-unexpected`, `configuration-element-repeated`, the codes of `decodeXml`; each
 * says the line where there is one. Nothing of what stands in elements is said.
 */
export function readDocument(bytes: Uint8Array, longest: number = longestConfiguration): ConfigurationDocument {
  if (bytes.length > longest) throw new TftpError('configuration-too-long');
  const { encoding, text } = decodeXml(bytes);
  const device = parse(text);
  requireRoot(device);
  return { encoding, text, device };
}

function parse(text: string): XmlElement {
  const parser = new SaxesParser();
  const open: Growing[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  const refuse = (code: TftpError['code'], what: string): never => {
    throw new TftpError(code, `Line ${parser.line}, column ${parser.column}: ${what}`);
  };
  // Its words name elements and characters that are not allowed, never a value.
  parser.on('error', ({ message }) =>
    refuse(
      'configuration-malformed',
      `${message.replace(/^[\d:]+ /, '').replace(/\.?$/, '.')} Mend it and give the file again.`,
    ),
  );
  parser.on('doctype', () =>
    refuse('configuration-doctype-refused', 'a document type (<!DOCTYPE ...>) is not accepted. Take it out.'),
  );
  parser.on('opentag', ({ name, isSelfClosing }) => {
    count += 1;
    if (count > mostElements || open.length >= deepest) {
      refuse(
        'configuration-too-many-elements',
        `more than ${mostElements} elements, or deeper than ${deepest} in each other.`,
      );
    }
    const contentStart = parser.position;
    // No value of an attribute may hold a "<": the last one before here began this tag.
    const start = text.lastIndexOf('<', contentStart - 1);
    open.push({
      name,
      line: parser.line,
      start,
      contentStart,
      contentEnd: contentStart,
      end: contentStart,
      isEmptyTag: isSelfClosing,
      children: [],
      text: '',
    });
  });
  const addText = (more: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += more;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element === undefined) return;
    if (!element.isEmptyTag) {
      element.end = parser.position;
      element.contentEnd = text.lastIndexOf('<', parser.position - 1);
    }
    const parent = open.at(-1);
    if (parent === undefined) root ??= element;
    else parent.children.push(element);
  });
  parser.write(text).close();
  return root ?? refuse('configuration-malformed', 'there is no element.');
}

function requireRoot(device: XmlElement): void {
  if (device.name !== 'device') {
    throw new TftpError(
      'configuration-root-unexpected',
      `Line ${device.line}: the file begins with <${device.name.slice(0, 64)}>, not with <device>. Give a SEP<MAC>.cnf.xml.`,
    );
  }
  const seen = new Set<string>();
  for (const { name, line, children } of device.children) {
    if (!onlyOnce.has(name)) continue;
    if (seen.has(name)) {
      throw new TftpError(
        'configuration-element-repeated',
        `Line ${line}: <${name}> stands in the file twice. Leave one.`,
      );
    }
    if (name !== 'capfList' && children.length > 0) {
      throw new TftpError('configuration-element-unexpected', `Line ${line}: <${name}> holds text only, no elements.`);
    }
    seen.add(name);
  }
}
