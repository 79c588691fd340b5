import { DerReader, derTag, PkiError, readObjectIdentifier } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';

/**
 * Reads something that came from the authority.
 *
 * @throws AuthorityError `authority-answer-unreadable` where it is ill-formed.
 */
export function readAnswered<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new AuthorityError(
      'authority-answer-unreadable',
      `${what} is not of the form that CMP asks for. Check kind and URL of the authority in its settings.`,
      { cause },
    );
  }
}

/** The elements of a SEQUENCE OF, of which there may be at most so many. */
export function readSequenceOf<Item>(content: Uint8Array, most: number, read: (items: DerReader) => Item): Item[] {
  const items = new DerReader(content);
  const found: Item[] = [];
  while (!items.atEnd) {
    if (found.length === most) throw new PkiError('der-malformed', 'A list is longer than it may be.');
    found.push(read(items));
  }
  return found;
}

/** An INTEGER of at most four octets. */
export function readSmallInteger(reader: DerReader): number {
  const { content } = reader.read(derTag.integer);
  if (content.length === 0 || content.length > 4) throw new PkiError('der-malformed', 'A number is out of range.');
  return Buffer.from(content).readIntBE(0, content.length);
}

/** An AlgorithmIdentifier; its parameters are as they stand, undefined where there are none. */
export interface Algorithm {
  /** Dotted object identifier. */
  readonly type: string;
  /** DER. */
  readonly parameters: Uint8Array | undefined;
}

export function readAlgorithm(reader: DerReader): Algorithm {
  const parts = new DerReader(reader.read(derTag.sequence).content);
  const type = readObjectIdentifier(parts.read(derTag.objectIdentifier).raw);
  const parameters = parts.atEnd ? undefined : parts.read().raw;
  parts.end();
  return { type, parameters };
}
