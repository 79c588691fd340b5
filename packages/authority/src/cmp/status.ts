import { DerReader, derTag, PkiError } from '@opencapf/pki';
import { plainWords } from '../http/index.js';
import { readSequenceOf, readSmallInteger } from './answer-reading.js';

/** PKIStatus (RFC 4210, 5.2.3). */
export const status = { accepted: 0, grantedWithMods: 1, rejection: 2, waiting: 3 } as const;

/** PKIFailureInfo by the numbers of its bits (RFC 4210, 5.2.3). */
const failures = [
  'badAlg',
  'badMessageCheck',
  'badRequest',
  'badTime',
  'badCertId',
  'badDataFormat',
  'wrongAuthority',
  'incorrectData',
  'missingTimeStamp',
  'badPOP',
  'certRevoked',
  'certConfirmed',
  'wrongIntegrity',
  'badRecipientNonce',
  'timeNotAvailable',
  'unacceptedPolicy',
  'unacceptedExtension',
  'addInfoNotAvailable',
  'badSenderNonce',
  'badCertTemplate',
  'signerNotTrusted',
  'transactionIdInUse',
  'unsupportedVersion',
  'notAuthorized',
  'systemUnavail',
  'systemFailure',
  'duplicateCertReq',
] as const;

export type Failure = (typeof failures)[number];

/** PKIStatusInfo. */
export interface StatusInfo {
  /** One of {@link status}, or another. */
  readonly status: number;
  /** The authority's own words, as they came. */
  readonly words: readonly string[];
  readonly failures: readonly Failure[];
}

const mostWords = 16;

/** @throws PkiError `der-malformed` */
export function readStatusInfo(reader: DerReader): StatusInfo {
  const parts = new DerReader(reader.read(derTag.sequence).content);
  const found = readSmallInteger(parts);
  const words = parts.nextTag === derTag.sequence ? readFreeText(parts.read().content) : [];
  const bits = parts.atEnd ? [] : readFailures(parts.read(derTag.bitString).content);
  parts.end();
  return { status: found, words, failures: bits };
}

/** PKIFreeText: UTF-8 of whatever quality. */
export function readFreeText(content: Uint8Array): readonly string[] {
  return readSequenceOf(content, mostWords, (items) => {
    return Buffer.from(items.read(derTag.utf8String).content).toString('utf8');
  });
}

function readFailures(content: Uint8Array): readonly Failure[] {
  const [unused, ...octets] = content;
  if (unused === undefined || unused > 7) throw new PkiError('der-malformed', 'A bit string is ill-formed.');
  return failures.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

/**
 * A status in one line for administrators, at most 500 characters.
 *
 * @param secrets - What must not appear, should the authority give it back.
 */
export function statusText({ words, failures: found }: StatusInfo, secrets: readonly string[]): string {
  const said = plainWords(words.join(' '), secrets);
  if (found.length === 0) return said === '' ? 'It gave no reason.' : said;
  return plainWords(said === '' ? found.join(', ') : `${found.join(', ')}: ${said}`);
}

/** Whether the authority could not verify the protection of our message. */
export function refusesProtection({ failures: found }: StatusInfo): boolean {
  return found.some((failure) => /^(badMessageCheck|wrongIntegrity|signerNotTrusted|badAlg)$/.test(failure));
}
