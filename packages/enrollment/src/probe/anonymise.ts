import { createHash } from 'node:crypto';
import { DerReader, PkiError, requireWellFormed } from '@opencapf/pki';
import { elementTags, headerBytes } from '@opencapf/protocol';

/** A message without what tells whose it is: the structure and every length are as they were. */
export interface AnonymousMessage {
  /** Lower-case hex. */
  readonly hex: string;
  /** Which bytes are placeholders: [offset, length]. */
  readonly replaced: readonly (readonly [number, number])[];
}

/** Elements of up to so many bytes hold numbers. */
const longestNumber = 4;

/** DER types that say how something is built, not whose it is: boolean, null, object identifier, enumerated. */
const structural: ReadonlySet<number> = new Set([0x01, 0x05, 0x06, 0x0a]);

/**
 * Makes messages of one probe anonymous. The same bytes become the same placeholder everywhere in it, and another in any
 * other probe: the salt is nowhere kept.
 */
export class Anonymiser {
  readonly #salt: Uint8Array;
  readonly #names: readonly Buffer[];

  /**
   * @param salt - Random, at least 16 bytes.
   * @param deviceName - Is replaced wherever it stands, and so is the MAC in it.
   */
  constructor(salt: Uint8Array, deviceName: string) {
    this.#salt = salt;
    const mac = /[0-9A-F]{12}$/i.exec(deviceName)?.[0];
    const texts = [deviceName, ...(mac === undefined ? [] : [mac])];
    const spellings = texts.flatMap((text) => [text, text.toUpperCase(), text.toLowerCase()]);
    this.#names = [
      ...spellings.map((text) => Buffer.from(text, 'utf8')),
      ...(mac === undefined ? [] : [Buffer.from(mac, 'hex')]),
    ].filter(({ length }) => length > 0);
  }

  /** @param message - From its header on; what does not decode is replaced as a whole, behind its header. */
  message(message: Uint8Array): AnonymousMessage {
    const bytes = Buffer.from(message);
    const replaced: [number, number][] = [];
    const replace = (start: number, end: number): void => {
      if (end <= start) return;
      this.#placeholder(bytes.subarray(start, end)).copy(bytes, start);
      replaced.push([start, end - start]);
    };
    let offset = Math.min(headerBytes, bytes.length);
    while (offset + 3 <= bytes.length) {
      const start = offset + 3;
      const end = start + bytes.readUInt16BE(offset + 1);
      if (end > bytes.length) break;
      replaceValue(bytes, bytes[offset] ?? 0, start, end, replace);
      offset = end;
    }
    replace(offset, bytes.length);
    for (const name of this.#names) {
      for (let at = bytes.indexOf(name, headerBytes); at >= 0; at = bytes.indexOf(name, at + 1)) {
        replace(at, at + name.length);
      }
    }
    return { hex: bytes.toString('hex'), replaced };
  }

  #placeholder(bytes: Uint8Array): Buffer {
    return createHash('shake256', { outputLength: bytes.length }).update(this.#salt).update(bytes).digest();
  }
}

type Replace = (start: number, end: number) => void;

function replaceValue(bytes: Buffer, tag: number, start: number, end: number, replace: Replace): void {
  if (end - start <= longestNumber) return;
  // A certificate stands in a package: inner tag, length, two bytes (capf-wire-protocol.md, section 3).
  const derStart = tag === elementTags.CERTIFICATE ? Math.min(start + 5, end) : start;
  if (!isDer(bytes.subarray(derStart, end))) replace(derStart, end);
  else replaceInDer(bytes, derStart, end, replace);
}

function isDer(bytes: Uint8Array): boolean {
  try {
    const reader = new DerReader(bytes);
    while (!reader.atEnd) requireWellFormed(reader.read());
    return bytes.length > 0;
  } catch (fault) {
    if (fault instanceof PkiError) return false;
    throw fault;
  }
}

/** Keeps tags, lengths and what is structural. */
function replaceInDer(bytes: Buffer, start: number, end: number, replace: Replace): void {
  const reader = new DerReader(bytes.subarray(start, end));
  let offset = start;
  while (!reader.atEnd) {
    const { tag, content, raw } = reader.read();
    const contentStart = offset + raw.length - content.length;
    offset += raw.length;
    if ((tag & 0x20) !== 0) replaceInDer(bytes, contentStart, offset, replace);
    else if (!structural.has(tag) && !isVersion(tag, content)) replace(contentStart, offset);
  }
}

/** Of a certificate or a request. */
function isVersion(tag: number, content: Uint8Array): boolean {
  return tag === 0x02 && content.length === 1 && (content[0] ?? 0) <= 2;
}
