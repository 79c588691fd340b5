import { certificatesOnly, PkiError } from '@opencapf/pki';
import type { ClientOutcome } from '../authority-client.js';
import { AuthorityError, type Consequence } from '../errors.js';
import { type HttpAnswer, plainWords, readRetryAfter, statusFailure } from '../http/index.js';

/** What an answer is read with. */
export interface AnswerSurroundings {
  /** `host:port`, for words. */
  readonly host: string;
  readonly now: Date;
  /** What must not appear in an authority's own words. */
  readonly secrets: readonly string[];
}

/** RFC 7030, 4.2.3 demands a Retry-After; who gives none is asked again after this. Milliseconds. */
const usualRetryAfter = 60_000;

/**
 * Reads the answer to /simpleenroll or /simplereenroll (RFC 7030, 4.2.3).
 *
 * @param pollReference - What a pending request is named by.
 * @throws AuthorityError
 */
export function readEnrollment(answer: HttpAnswer, pollReference: string, at: AnswerSurroundings): ClientOutcome {
  const { status, headers, body } = answer;
  if (status === 200) return { state: 'issued', certificates: readCertificates(answer, at) };
  if (status === 202) {
    const retryAfter = readRetryAfter(headers['retry-after'], at.now) ?? usualRetryAfter;
    return { state: 'pending', pollReference, retryAfter };
  }
  const failure = statusFailure(answer, at.host, at.now);
  if (failure !== undefined) throw failure;
  if (status < 400) throw unreadable(`${at.host} answered with HTTP status ${status}, which EST has no meaning for.`);
  const words = plainWords(Buffer.from(body).toString('utf8'), at.secrets);
  const reason = `HTTP status ${status}: ${words === '' ? 'the authority gave no reason' : words}`;
  return { state: 'denied', reason: plainWords(reason) };
}

/**
 * Reads a certificates-only answer: base64, with or without line breaks (RFC 7030, 4.1.3; RFC 8951 makes of no account what
 * Content-Transfer-Encoding says), or the bytes themselves, as some authorities send them.
 *
 * @throws AuthorityError `authority-answer-unreadable`, `issued-certificate-missing`
 */
export function readCertificates(
  { headers, body }: HttpAnswer,
  { host }: AnswerSurroundings,
  consequence: Consequence = 'reconcile',
): readonly Uint8Array[] {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const text = Buffer.from(body).toString('latin1').trim();
  if (type === 'text/html' || /^<(!doctype|html|\?xml)/i.test(text)) {
    throw unreadable(
      `${host} answered with a web page instead of PKCS#7. Check the URL and the label of the authority.`,
      consequence,
    );
  }
  const message = body[0] === 0x30 ? body : decodeBase64(text);
  if (message === undefined) {
    throw unreadable(
      `${host} answered with something that is neither base64 nor PKCS#7${type === '' ? '' : ` (${plainWords(type)})`}, or with a part of it. Check the URL of the authority, and what stands between.`,
      consequence,
    );
  }
  try {
    const certificates = certificatesOnly(message);
    if (certificates.length > 0) return certificates;
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw unreadable(
      `${host} answered with something that is no readable PKCS#7 of certificates, or with a part of it. Check the URL and kind of the authority.`,
      consequence,
      cause,
    );
  }
  throw unreadable(
    `${host} answered with a PKCS#7 that holds no certificates. Look into the log of the authority.`,
    consequence,
  );
}

function decodeBase64(text: string): Uint8Array | undefined {
  const packed = text.replace(/[\r\n\t ]+/g, '');
  const bytes = Buffer.from(packed, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === packed ? bytes : undefined;
}

function unreadable(words: string, consequence: Consequence = 'reconcile', cause?: unknown): AuthorityError {
  return new AuthorityError('authority-answer-unreadable', words, { consequence, cause });
}
