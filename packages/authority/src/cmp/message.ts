import {
  DerReader,
  derBitString,
  derSequence,
  derTag,
  PkiError,
  readSoleElement,
  requireWellFormed,
} from '@opencapf/pki';
import { readAnswered, readSequenceOf } from './answer-reading.js';
import { type AnswerHeader, derExplicit, readHeader } from './header.js';

/** Kinds of PKIBody by the numbers of their tags (RFC 4210, 5.1.2). */
export const bodyKind = {
  cr: 2,
  cp: 3,
  p10cr: 4,
  rr: 11,
  rp: 12,
  pkiConf: 19,
  genm: 21,
  genp: 22,
  error: 23,
  certConf: 24,
  pollReq: 25,
  pollRep: 26,
} as const;

/** Larger answers are refused unread, in bytes. One with a certificate and its chain has 10,000 at most. */
export const longestMessage = 131_072;

/** A PKIMessage that came from the authority; nothing of it is verified yet. */
export interface AnswerMessage {
  readonly header: AnswerHeader;
  /** One of {@link bodyKind}, or another. */
  readonly kind: number;
  /** DER, without the tag that says its kind. */
  readonly body: Uint8Array;
  /** What the protection is over: DER SEQUENCE of header and body. */
  readonly protectedPart: Uint8Array;
  /** Signature or MAC; undefined where the message is not protected. */
  readonly protection: Uint8Array | undefined;
  /** DER certificates. */
  readonly extraCertificates: readonly Uint8Array[];
}

const mostCertificates = 16;

/**
 * Reads a PKIMessage, strictly as DER.
 *
 * @throws AuthorityError `authority-answer-unreadable` and nothing else, whatever is given.
 */
export function readMessage(der: Uint8Array): AnswerMessage {
  return readAnswered('The answer', () => {
    if (der.length > longestMessage) throw new PkiError('der-malformed', 'The message is too long.');
    const message = readSoleElement(der, derTag.sequence);
    requireWellFormed(message);
    const parts = new DerReader(message.content);
    const header = parts.read(derTag.sequence);
    const body = parts.read();
    const kind = body.tag - 0xa0;
    if (kind < 0 || kind > 26) throw new PkiError('der-malformed', 'The message has no body.');
    const protection = parts.nextTag === 0xa0 ? readWholeBits(parts.read().content) : undefined;
    const extra = parts.nextTag === 0xa1 ? readCertificates(parts.read().content) : [];
    parts.end();
    return {
      header: readHeader(header.content),
      kind,
      body: body.content,
      protectedPart: derSequence(header.raw, body.raw),
      protection,
      extraCertificates: extra,
    };
  });
}

function readWholeBits(content: Uint8Array): Uint8Array {
  const bits = readSoleElement(content, derTag.bitString).content;
  if (bits[0] !== 0) throw new PkiError('der-malformed', 'The protection is not made of whole octets.');
  return bits.subarray(1);
}

/** The DER certificates of a SEQUENCE OF CMPCertificate. */
export function readCertificates(content: Uint8Array): readonly Uint8Array[] {
  return readSequenceOf(
    readSoleElement(content, derTag.sequence).content,
    mostCertificates,
    (items) => items.read(derTag.sequence).raw,
  );
}

/** A protected PKIMessage, DER. */
export async function encodeMessage(
  header: Uint8Array,
  body: Uint8Array,
  protect: (protectedPart: Uint8Array) => Promise<Uint8Array>,
  extraCertificates: readonly Uint8Array[],
): Promise<Uint8Array> {
  const protection = await protect(derSequence(header, body));
  const extra = extraCertificates.length === 0 ? [] : [derExplicit(1, derSequence(...extraCertificates))];
  return derSequence(header, body, derExplicit(0, derBitString(protection)), ...extra);
}
