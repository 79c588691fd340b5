import { PkiError } from './errors.js';

/** One DER element as it stands in its surroundings; both views share the memory of what was read. */
export interface DerElement {
  readonly tag: number;
  /** The value octets. */
  readonly content: Uint8Array;
  /** Tag, length and value. */
  readonly raw: Uint8Array;
}

/**
 * Walks DER elements that follow one another, strictly: one-byte tags, definite lengths in their shortest form, nothing
 * past the end. It never reads or allocates beyond the bytes it was given.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The tag of the next element, or undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /**
   * The next element.
   *
   * @param tag - The tag that it must have; any when left out.
   * @throws PkiError `der-malformed`
   */
  read(tag?: number): DerElement {
    const bytes = this.#bytes;
    const start = this.#offset;
    const found = bytes[start];
    const first = bytes[start + 1];
    if (found === undefined || first === undefined) throw new PkiError('der-malformed', 'DER ends within an element.');
    if (tag !== undefined && found !== tag)
      throw new PkiError('der-malformed', 'DER holds another element than was due.');
    if ((found & 0x1f) === 0x1f) throw new PkiError('der-malformed', 'DER holds a tag of several bytes.');
    let content = start + 2;
    let length = first;
    if (first >= 0x80) {
      const octets = first & 0x7f;
      if (octets === 0 || octets > 4)
        throw new PkiError('der-malformed', 'DER holds a length that is indefinite or huge.');
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 0x100 + (bytes[content + i] ?? 0);
      if (length < 0x80 || length < 0x100 ** (octets - 1)) {
        throw new PkiError('der-malformed', 'DER holds a length that is not in its shortest form.');
      }
      content += octets;
    }
    const end = content + length;
    if (end > bytes.length) throw new PkiError('der-malformed', 'DER ends within an element.');
    this.#offset = end;
    return { tag: found, content: bytes.subarray(content, end), raw: bytes.subarray(start, end) };
  }

  /** @throws PkiError `der-malformed` when anything is left. */
  end(): void {
    if (!this.atEnd) throw new PkiError('der-malformed', 'DER is followed by further bytes.');
  }
}

/**
 * The one element that the bytes are, with nothing behind it.
 *
 * @throws PkiError `der-malformed`
 */
export function readSoleElement(bytes: Uint8Array, tag: number): DerElement {
  const reader = new DerReader(bytes);
  const element = reader.read(tag);
  reader.end();
  return element;
}

const deepest = 16;

/**
 * Makes sure that an element of any kind is DER to its innermost parts, so that nothing ill-formed hides where its kind is
 * not known.
 *
 * @throws PkiError `der-malformed`, also for more than 16 levels.
 */
export function requireWellFormed({ tag, content }: DerElement, depth = 0): void {
  if ((tag & 0x20) === 0) return;
  if (depth === deepest) throw new PkiError('der-malformed', 'DER is nested too deep.');
  const reader = new DerReader(content);
  while (!reader.atEnd) requireWellFormed(reader.read(), depth + 1);
}
