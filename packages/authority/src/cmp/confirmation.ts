import { createHash } from 'node:crypto';
import {
  type CertificateRecord,
  derElement,
  derObjectIdentifier,
  derSequence,
  derTag,
  PkiError,
  readCertificate,
} from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { readError } from './answer-bodies.js';
import { ask, type ConversationSettings } from './conversation.js';
import { type AnswerMessage, bodyKind } from './message.js';
import { hashBySignature } from './object-identifiers.js';
import { confirmationBody, type RequestId } from './request-bodies.js';
import { statusText } from './status.js';

/** A certificate that an answer brought. */
export interface ArrivedCertificate {
  readonly transactionId: Uint8Array;
  readonly requestId: RequestId;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER SubjectPublicKeyInfo that it was asked for. */
  readonly spki: Uint8Array;
  readonly answer: AnswerMessage;
}

const attempts = 3;

/**
 * Tells the authority that its certificate came (`certConf`, RFC 4210, 5.3.18), or that it is for another key. A certificate
 * that is not confirmed may be withdrawn any time: none is used before the authority has said that it heard.
 *
 * Rejects with AuthorityError `issued-certificate-unconfirmed`, and what the exchange rejects with, never to send the request
 * again: it was taken.
 */
export async function confirm(
  settings: ConversationSettings,
  { transactionId, requestId, certificate, spki, answer }: ArrivedCertificate,
  signal: AbortSignal,
): Promise<void> {
  const record = readQuietly(certificate);
  const accepted = record !== undefined && Buffer.compare(record.spki, spki) === 0;
  const known = hashBySignature.get(record?.signatureAlgorithm ?? '')?.hash;
  const body = confirmationBody({
    requestId,
    hash: createHash(known ?? 'sha256')
      .update(certificate)
      .digest(),
    hashAlgorithm: known === undefined ? sha256 : undefined,
    accepted,
  });
  const question = {
    transactionId,
    body,
    version: known === undefined ? 3 : 2,
    nonce: settings.randomBytes(16),
    follows: answer.header.senderNonce,
  } as const;
  let fault: unknown;
  let mayBeHeard = false;
  for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt++) {
    try {
      return requireConfirmed(settings, await ask(settings, question, signal));
    } catch (cause) {
      // A certificate that is turned down goes to nobody, whether the authority heard of it or not.
      if (!accepted) return;
      fault = cause;
      const consequence = cause instanceof AuthorityError ? cause.consequence : 'reconcile';
      if (consequence === 'fail') {
        if (!mayBeHeard) throw cause;
        // A repetition is refused, too, where the first one was heard: the transaction is over, or another nonce is due.
        break;
      }
      mayBeHeard ||= consequence === 'reconcile';
    }
  }
  throw new AuthorityError(
    'authority-answer-lost',
    'The authority issued, and did not hear that its certificate came.',
    {
      cause: fault,
    },
  );
}

const sha256 = derSequence(derObjectIdentifier('2.16.840.1.101.3.4.2.1'), derElement(derTag.null));

function readQuietly(certificate: Uint8Array): CertificateRecord | undefined {
  try {
    return readCertificate(certificate);
  } catch (fault) {
    if (fault instanceof PkiError) return undefined;
    throw fault;
  }
}

function requireConfirmed({ trust }: ConversationSettings, answer: AnswerMessage): void {
  if (answer.kind === bodyKind.pkiConf) return;
  if (answer.kind !== bodyKind.error) {
    throw new AuthorityError(
      'authority-answer-unreadable',
      'The authority answered a confirmation with something else.',
    );
  }
  const status = readError(answer);
  if (status.failures.includes('certConfirmed')) return;
  throw new AuthorityError(
    'issued-certificate-unconfirmed',
    `The authority did not take our confirmation of its certificate: "${statusText(status, [trust.secret ?? ''])}".`,
  );
}
