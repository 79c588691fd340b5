import { TftpError } from '../errors.js';

/** One `tag(1) length(2) value` item as it stands in its surroundings. */
export interface Item {
  readonly tag: number;
  /** Where the tag stands, from the first byte of what is read. */
  readonly start: number;
  /** Where the value ends. */
  readonly end: number;
  /** Shares the memory of what is read. */
  readonly value: Uint8Array;
}

/** Walks items that follow one another; never reads beyond the end that it was given. */
export class ItemReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  /**
   * @param start - Where the first item begins.
   * @param end - Where the last one ends, at most the length of `bytes`.
   */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = Math.min(end, bytes.length);
  }

  get atEnd(): boolean {
    return this.#offset >= this.#end;
  }

  /** The tag of the next item, or undefined at the end. */
  get nextTag(): number | undefined {
    return this.atEnd ? undefined : this.#bytes[this.#offset];
  }

  /** @throws TftpError `file-item-length-wrong` when the item reaches beyond the end. */
  next(): Item {
    const start = this.#offset;
    const [tag, high, low] = this.#bytes.subarray(start, Math.min(start + 3, this.#end));
    if (tag === undefined || high === undefined || low === undefined) throw new TftpError('file-item-length-wrong');
    const end = start + 3 + high * 0x100 + low;
    if (end > this.#end) throw new TftpError('file-item-length-wrong', `Item ${tag} is longer than what it stands in.`);
    this.#offset = end;
    return { tag, start, end, value: this.#bytes.subarray(start + 3, end) };
  }

  /** What is left, without reading it as items. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset, this.#end);
  }
}

/** A number of as many bytes as the value has, big-endian. */
export function readNumber(value: Uint8Array): number {
  return value.reduce((number, byte) => number * 0x100 + byte, 0);
}

/**
 * Text that ends with a NUL. What is no UTF-8 becomes U+FFFD, so that it equals no name that is asked for.
 *
 * @throws TftpError `file-text-malformed`
 */
export function readText(value: Uint8Array): string {
  if (value.length === 0 || value.indexOf(0) !== value.length - 1) throw new TftpError('file-text-malformed');
  return Buffer.from(value.subarray(0, -1)).toString('utf8');
}

/** Lower-case hex. */
export function readHex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}
