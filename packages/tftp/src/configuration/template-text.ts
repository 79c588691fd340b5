import { decodeXml, type XmlEncoding } from './encoding.js';

/** Values of a template's fields, as people write them. */
export type TemplateFields = Readonly<Record<string, string>>;

/** Characters of one value. */
export const longestValue = 4_096;

/**
 * `${field}`, and what may hold these characters without being one: in well-formed XML without a document type neither text nor a
 * value of an attribute can hold the beginning of a comment, of a CDATA section or of a processing instruction.
 */
export const parts = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|\$\{([^{}]*)\}/g;

/** A template cut at its fields: each text stands before the field of the same place, the last before none. */
export interface Template {
  readonly encoding: XmlEncoding;
  readonly bytes: number;
  readonly texts: readonly string[];
  readonly places: readonly string[];
  /** How often each field stands in it. */
  readonly times: ReadonlyMap<string, number>;
}

/** Cuts a template at its fields, whatever their names. @throws TftpError the codes of `decodeXml` */
export function readTemplate(xml: Uint8Array): Template {
  const { encoding, text } = decodeXml(xml);
  const texts: string[] = [];
  const places: string[] = [];
  const times = new Map<string, number>();
  let done = 0;
  for (const { 0: whole, 1: field, index } of text.matchAll(parts)) {
    if (field === undefined) continue;
    texts.push(text.slice(done, index));
    places.push(field);
    times.set(field, (times.get(field) ?? 0) + 1);
    done = index + whole.length;
  }
  return { encoding, bytes: xml.length, texts: [...texts, text.slice(done)], places, times };
}
