import { TftpError } from '../errors.js';
import { decodeXml } from './encoding.js';
import { longestValue, parts, type TemplateFields } from './template-text.js';

const fieldName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
/** Fields of one template; each may stand in it any number of times. */
const mostFields = 500;

/**
 * The fields that a template has, each once. Those in comments and CDATA sections are none.
 *
 * @throws TftpError `template-field-malformed`, `template-too-many-fields`
 */
export function templateFields(xml: Uint8Array): readonly string[] {
  const { text } = decodeXml(xml);
  const found = new Set<string>();
  for (const [, field] of text.matchAll(parts)) {
    if (field === undefined) continue;
    if (!fieldName.test(field)) {
      throw new TftpError(
        'template-field-malformed',
        `The template has the field \${${field.slice(0, 64)}}: a field has a name of letters, digits, ".", "-" and "_" that begins with a letter.`,
      );
    }
    found.add(field);
    if (found.size > mostFields) throw new TftpError('template-too-many-fields');
  }
  if (text.replaceAll(parts, '').includes('${')) {
    throw new TftpError('template-field-malformed', `The template has a "\${" without its "}".`);
  }
  return [...found];
}

/**
 * Makes sure that a template can be filled: each of its fields has a value, and each value can stand in XML.
 *
 * @throws TftpError `template-field-malformed`, `template-field-unknown`, `template-too-many-fields`
 */
export function checkTemplate(xml: Uint8Array, fields: TemplateFields): void {
  const has = new Set(templateFields(xml));
  for (const [name, value] of Object.entries(fields)) {
    if (!fieldName.test(name)) throw new TftpError('template-field-malformed');
    if (!has.has(name)) {
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
  for (const name of has) {
    if (Object.hasOwn(fields, name)) continue;
    throw new TftpError(
      'template-field-unknown',
      `The template has the field \${${name.slice(0, 64)}}, and no value is given for it.`,
    );
  }
}

/** XML 1.0, production 2. */
function isXmlText(value: string): boolean {
  return /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(value);
}
