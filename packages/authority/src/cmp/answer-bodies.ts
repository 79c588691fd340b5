import { DerReader, derTag, PkiError, readObjectIdentifier, readSoleElement } from '@opencapf/pki';
import { readAnswered, readSequenceOf, readSmallInteger } from './answer-reading.js';
import { type AnswerMessage, readCertificates } from './message.js';
import { cmpOid } from './object-identifiers.js';
import { readFreeText, readStatusInfo, type StatusInfo } from './status.js';

/** What `cp` says of the one request. */
export interface CertificateAnswer {
  readonly requestId: number;
  readonly status: StatusInfo;
  /** DER; undefined where none was issued, or none yet. */
  readonly certificate: Uint8Array | undefined;
  /** DER; certificates of the CA. */
  readonly caCertificates: readonly Uint8Array[];
}

/**
 * CertRepMessage (RFC 4210, 5.3.4) with one response.
 *
 * @throws AuthorityError `authority-answer-unreadable`
 */
export function readCertificateAnswer({ body }: AnswerMessage): CertificateAnswer {
  return readAnswered('The certificate response', () => {
    const parts = new DerReader(readSoleElement(body, derTag.sequence).content);
    const caCertificates = parts.nextTag === 0xa1 ? readCertificates(parts.read().content) : [];
    const response = new DerReader(readSoleElement(parts.read(derTag.sequence).content, derTag.sequence).content);
    parts.end();
    const requestId = readSmallInteger(response);
    const status = readStatusInfo(response);
    const certificate = response.nextTag === derTag.sequence ? readCertifiedKey(response.read().content) : undefined;
    return { requestId, status, certificate, caCertificates };
  });
}

/** CertifiedKeyPair. */
function readCertifiedKey(content: Uint8Array): Uint8Array {
  const { tag, content: choice } = new DerReader(content).read();
  if (tag !== 0xa0) throw new PkiError('der-malformed', 'The certificate is encrypted.');
  return readSoleElement(choice, derTag.sequence).raw;
}

/** PollRepContent with one entry: seconds until asking again makes sense, and why. */
export interface PollAnswer {
  readonly checkAfter: number;
  readonly reason: string;
}

/** @throws AuthorityError `authority-answer-unreadable` */
export function readPollAnswer({ body }: AnswerMessage): PollAnswer {
  return readAnswered('The polling response', () => {
    const list = new DerReader(readSoleElement(body, derTag.sequence).content);
    const entry = new DerReader(list.read(derTag.sequence).content);
    readSmallInteger(entry);
    const checkAfter = Math.max(0, readSmallInteger(entry));
    const words = entry.atEnd ? [] : readFreeText(entry.read(derTag.sequence).content);
    return { checkAfter, reason: words.join(' ') };
  });
}

/**
 * The status of an ErrorMsgContent, with the text of its details.
 *
 * @throws AuthorityError `authority-answer-unreadable`
 */
export function readError({ body }: AnswerMessage): StatusInfo {
  return readAnswered('The error message', () => {
    const parts = new DerReader(readSoleElement(body, derTag.sequence).content);
    const status = readStatusInfo(parts);
    if (parts.nextTag === derTag.integer) parts.read();
    const details = parts.nextTag === derTag.sequence ? readFreeText(parts.read().content) : [];
    return { ...status, words: [...status.words, ...details] };
  });
}

/**
 * The status of the one certificate in a RevRepContent.
 *
 * @throws AuthorityError `authority-answer-unreadable`
 */
export function readRevocationAnswer({ body }: AnswerMessage): StatusInfo {
  return readAnswered('The revocation response', () => {
    const parts = new DerReader(readSoleElement(body, derTag.sequence).content);
    return readStatusInfo(new DerReader(parts.read(derTag.sequence).content));
  });
}

const mostInformation = 32;

/**
 * The certificates of the CA in a `genp`; none where it does not say.
 *
 * @throws AuthorityError `authority-answer-unreadable`
 */
export function readCaCertificates({ body }: AnswerMessage): readonly Uint8Array[] {
  return readAnswered('The general response', () => {
    const content = readSoleElement(body, derTag.sequence).content;
    return readSequenceOf(content, mostInformation, (items) => {
      const parts = new DerReader(items.read(derTag.sequence).content);
      const type = readObjectIdentifier(parts.read(derTag.objectIdentifier).raw);
      return type !== cmpOid.caCerts || parts.atEnd ? [] : readCertificates(parts.read().raw);
    }).flat();
  });
}
