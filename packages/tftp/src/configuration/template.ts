import { TftpError } from '../errors.js';
import { longestConfiguration } from './element-tree.js';
import { encodeText } from './encoding.js';
import { longestValue, readTemplate, type Template, type TemplateFields } from './template-text.js';

/** Bytes that one character of a value takes at most: `&quot;` in UTF-16. */
const longestCharacter = 12;

/** What XML gives a meaning, and line ends, which attributes would lose. */
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Puts the values in, escaped for XML. A field without a value stays as it is.
 *
 * @throws TftpError `configuration-too-long`: it would be longer than a configuration file may be
 */
export function fillTemplate(xml: Uint8Array, fields: TemplateFields): Buffer {
  const template = readTemplate(xml);
  if (filledSize(template, fields) > longestConfiguration) throw new TftpError('configuration-too-long');
  const { encoding, texts, places, times } = template;
  const values = new Map([...times.keys()].map((field) => [field, textFor(field, fields)]));
  const pieces = places.flatMap((field, at) => [texts[at] ?? '', values.get(field) ?? '']);
  return encodeText([...pieces, texts.at(-1) ?? ''].join(''), encoding);
}

/** Tells whether a template that is filled is no longer than a configuration file may be, without filling it. */
export interface TemplateFit {
  /** Whether it is with whatever values a field may have. */
  readonly always: boolean;
  with(fields: TemplateFields): boolean;
}

/** How long a template becomes. */
export function templateFit(xml: Uint8Array): TemplateFit {
  const template = readTemplate(xml);
  const most = xml.length + template.places.length * longestValue * longestCharacter;
  return {
    always: most <= longestConfiguration,
    with: (fields) => filledSize(template, fields) <= longestConfiguration,
  };
}

/** Bytes of a template that is filled. */
function filledSize({ encoding, bytes, times }: Template, fields: TemplateFields): number {
  const sizeOf = (text: string): number => encodeText(text, encoding).length;
  let size = bytes;
  for (const [field, count] of times) size += count * (sizeOf(textFor(field, fields)) - sizeOf(`\${${field}}`));
  return size;
}

/** What stands in place of a field. */
function textFor(field: string, fields: TemplateFields): string {
  return Object.hasOwn(fields, field) ? escaped(fields[field] ?? '') : `\${${field}}`;
}

function escaped(value: string): string {
  return value.replaceAll(/[&<>"'\t\n\r]/g, (character) => escapes[character] ?? character);
}
