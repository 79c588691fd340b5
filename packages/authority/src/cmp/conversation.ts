import type { RandomBytes } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { readError } from './answer-bodies.js';
import { encodeHeader } from './header.js';
import { type AnswerMessage, bodyKind, encodeMessage, readMessage } from './message.js';
import type { Protection } from './protection.js';
import { type AnswerTrust, checkProtection } from './protection-check.js';
import { refusesProtection, statusText } from './status.js';
import type { Transfer } from './transfer.js';

/** How messages are made, carried and believed. */
export interface ConversationSettings {
  readonly transfer: Transfer;
  readonly protection: Protection;
  readonly trust: AnswerTrust;
  /** DER Name. */
  readonly recipient: Uint8Array;
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
}

/** A message that is sent. */
export interface Question {
  readonly transactionId: Uint8Array;
  /** DER PKIBody. */
  readonly body: Uint8Array;
  /** New random bytes when it is left out. */
  readonly nonce?: Uint8Array | undefined;
  /** The nonce of the message that this one follows. */
  readonly follows?: Uint8Array | undefined;
  readonly implicitConfirm?: boolean | undefined;
  readonly certProfile?: string | undefined;
  /** 2 when it is left out; 3 for bodies with syntax of RFC 9480, and only for those (its section 2.20). */
  readonly version?: 2 | 3 | undefined;
}

/**
 * Sends a message and takes its answer: readable, protected by somebody who is trusted, and an answer to this message.
 *
 * Rejects with AuthorityError `authority-answer-unreadable`, `authority-answer-unprotected`, `authority-login-refused`, and
 * what the transfer rejects with.
 */
export async function ask(
  { transfer, protection, trust, recipient, now, randomBytes }: ConversationSettings,
  {
    transactionId,
    body,
    nonce = randomBytes(16),
    follows,
    implicitConfirm = false,
    certProfile,
    version = 2,
  }: Question,
  signal: AbortSignal,
): Promise<AnswerMessage> {
  const { sender, senderKeyId, algorithm, certificates } = protection;
  const header = encodeHeader({
    version,
    sender,
    recipient,
    time: now(),
    protectionAlgorithm: algorithm,
    senderKeyId,
    transactionId,
    senderNonce: nonce,
    recipientNonce: follows,
    implicitConfirm,
    certProfile,
  });
  const message = await encodeMessage(header, body, protection.protect, certificates);
  const answer = readMessage(await transfer(message, signal));
  try {
    await checkProtection(answer, trust, now());
  } catch (fault) {
    throw answer.kind === bodyKind.error ? unbelievedError(answer, trust, fault) : fault;
  }
  if (!isSame(answer.header.transactionId, transactionId) || !isSame(answer.header.recipientNonce, nonce)) {
    throw new AuthorityError(
      'authority-answer-unprotected',
      'The answer is one to another message: its transactionID or nonce is not ours. Somebody between may have replayed it.',
    );
  }
  return answer;
}

function isSame(found: Uint8Array | undefined, ours: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, ours) === 0;
}

/** Whoever does not share our secret cannot protect the message that says so: its words are shown, and never believed. */
function unbelievedError(answer: AnswerMessage, { secret = '' }: AnswerTrust, cause: unknown): AuthorityError {
  const status = readError(answer);
  const text = statusText(status, [secret]);
  if (refusesProtection(status)) {
    return new AuthorityError(
      'authority-login-refused',
      `The authority does not accept how our messages are protected: "${text}". Correct reference and secret, or certificate and key, in its settings.`,
      { cause, consequence: 'reconcile' },
    );
  }
  const why = cause instanceof Error ? ` ${cause.message}` : '';
  return new AuthorityError(
    'authority-answer-unprotected',
    `The authority reports an error, and nothing vouches for that report: "${text}".${why}`,
    { cause },
  );
}
