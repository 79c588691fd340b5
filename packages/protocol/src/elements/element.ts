import { ProtocolError } from '../errors.js';
import { requireCountable, requireUnsigned } from './range.js';

/** Element tags (capf-wire-protocol.md, section 3 and the table of names in section 2). 14 and 15 have no name. */
export const elementTags = {
  REASON: 1,
  REASON_INFO: 2,
  CERTIFICATE_TYPE: 3,
  CERTIFICATE: 4,
  CERTIFICATE_ID: 5,
  SIGNED_DATA: 6,
  VERSION: 7,
  AUTH_TYPE: 8,
  PUBLIC_KEY: 9,
  KEY_SIZE: 10,
  PASSWORD: 11,
  RETRY_DELAY: 12,
  DEVICE_NAME: 13,
  SUDI_DATA: 16,
  KEY_TYPE: 17,
  CURVE: 18,
  DIGEST_TYPE: 19,
  SHA2_SIGNED_DATA: 20,
} as const;

/** An element's name in the wire document. */
export type ElementName = keyof typeof elementTags;

/** One element as it stands on the wire: a tag (0 to 255) and the bytes of its value. */
export interface Element {
  readonly tag: number;
  readonly value: Uint8Array;
}

const namesByTag: ReadonlyMap<number, ElementName> = new Map(
  (Object.keys(elementTags) as ElementName[]).map((name) => [elementTags[name], name]),
);

/** The document's name of a tag, or undefined where it has none. */
export function elementName(tag: number): ElementName | undefined {
  return namesByTag.get(tag);
}

/** Bytes before an element's value: tag (1) and length (2). */
export const elementHeaderBytes = 3;

/**
 * Walks a payload and shows each element to `visit`, in order, as a range of the payload. The walk ends at the first
 * fault, which is returned: `element-header-truncated`, `element-runs-past-end`, or what `visit` returns.
 */
export function walkElements(
  payload: Uint8Array,
  visit: (tag: number, start: number, end: number) => ProtocolError | undefined,
): ProtocolError | undefined {
  let offset = 0;
  while (offset < payload.length) {
    const tag = payload[offset];
    const high = payload[offset + 1];
    const low = payload[offset + 2];
    if (tag === undefined || high === undefined || low === undefined) {
      return new ProtocolError('element-header-truncated', `${payload.length - offset} of 3 bytes`);
    }
    const start = offset + elementHeaderBytes;
    const end = start + high * 256 + low;
    if (end > payload.length) {
      return new ProtocolError(
        'element-runs-past-end',
        `element ${elementName(tag) ?? tag} announces ${end - start} bytes, ${payload.length - start} are left`,
      );
    }
    const fault = visit(tag, start, end);
    if (fault !== undefined) return fault;
    offset = end;
  }
  return undefined;
}

/**
 * The bytes of a payload made of these elements, in this order. What they contain is not looked at.
 *
 * @throws ProtocolError `wire-value-out-of-range`, `wire-message-too-large`
 */
export function joinElements(elements: readonly Element[]): Buffer<ArrayBuffer> {
  const payload = Buffer.alloc(elements.reduce((sum, { value }) => sum + elementHeaderBytes + value.length, 0));
  let offset = 0;
  for (const { tag, value } of elements) {
    requireUnsigned('element tag', tag, 0xff);
    requireCountable(`element ${elementName(tag) ?? tag}`, value.length);
    payload[offset] = tag;
    payload.writeUInt16BE(value.length, offset + 1);
    payload.set(value, offset + elementHeaderBytes);
    offset += elementHeaderBytes + value.length;
  }
  return payload;
}
