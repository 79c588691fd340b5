import { TftpError } from '../errors.js';
import { decodeXml, encodeText } from './encoding.js';

/** Values of a template's fields, as people write them. */
export type TemplateFields = Readonly<Record<string, string>>;

const fieldName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
/** Characters of one value. */
const longestValue = 4_096;

/**
 * `${field}`, and what may hold these characters without being one: in well-formed XML without a document type neither text nor a
 * value of an attribute can hold the beginning of a comment, of a CDATA section or of a processing instruction.
 */
const parts = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|\$\{([^{}]*)\}/g;

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
 * The fields that a template has, each once. Those in comments and CDATA sections are none.
 *
 * @throws TftpError `template-field-malformed`
 */
export function templateFields(xml: Uint8Array): readonly string[] {
  const { text } = decodeXml(xml);
  const found = [...text.matchAll(parts)].flatMap(([, field]) => (field === undefined ? [] : [field]));
  const malformed = found.find((field) => !fieldName.test(field));
  if (malformed !== undefined || text.replaceAll(parts, '').includes('${')) {
    throw new TftpError(
      'template-field-malformed',
      malformed === undefined
        ? `The template has a "\${" without its "}".`
        : `The template has the field \${${malformed.slice(0, 64)}}: a field has a name of letters, digits, ".", "-" and "_" that begins with a letter.`,
    );
  }
  return [...new Set(found)];
}

/**
 * Makes sure that a template can be filled: each of its fields has a value, and each value can stand in XML.
 *
 * @throws TftpError `template-field-malformed`, `template-field-unknown`
 */
export function checkTemplate(xml: Uint8Array, fields: TemplateFields): void {
  const has = templateFields(xml);
  for (const [name, value] of Object.entries(fields)) {
    if (!fieldName.test(name)) throw new TftpError('template-field-malformed');
    if (!has.includes(name)) {
      throw new TftpError(
        'template-field-unknown',
        `The template has no field \${${name}}, and a value is given for it.`,
      );
    }
    if (value.length > longestValue || !isXmlText(value)) {
      throw new TftpError(
        'template-field-malformed',
        `The value of \${${name}} is longer than ${longestValue} characters, or holds a character that XML does not allow.`,
      );
    }
  }
  const without = has.find((name) => !Object.hasOwn(fields, name));
  if (without !== undefined) {
    throw new TftpError(
      'template-field-unknown',
      `The template has the field \${${without.slice(0, 64)}}, and no value is given for it.`,
    );
  }
}

/** Puts the values in, escaped for XML. A field without a value stays as it is. */
export function fillTemplate(xml: Uint8Array, fields: TemplateFields): Buffer {
  const { encoding, text } = decodeXml(xml);
  const filled = text.replaceAll(parts, (whole: string, field?: string) =>
    field !== undefined && Object.hasOwn(fields, field) ? escaped(fields[field] ?? '') : whole,
  );
  return encodeText(filled, encoding);
}

function escaped(value: string): string {
  return value.replaceAll(/[&<>"'\t\n\r]/g, (character) => escapes[character] ?? character);
}

/** XML 1.0, production 2. */
function isXmlText(value: string): boolean {
  return /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(value);
}
