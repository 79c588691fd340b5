import { type CertificateRecord, readCertificate } from '@opencapf/pki';
import type { CheckStep, UnknownOutcome } from '../authority.js';
import type { AuthorityClient, ClientOutcome, ComposedRequest, WantedCertificate } from '../authority-client.js';
import { AuthorityError } from '../errors.js';
import {
  readCaCertificates,
  readCertificateAnswer,
  readError,
  readPollAnswer,
  readRevocationAnswer,
} from './answer-bodies.js';
import { checkCmp } from './check.js';
import { confirm } from './confirmation.js';
import { ask, type ConversationSettings } from './conversation.js';
import { type AnswerMessage, bodyKind } from './message.js';
import { faultOf } from './refusal.js';
import {
  caCertificatesBody,
  certificateRequestBody,
  pkcs10Body,
  pollRequestBody,
  type RequestId,
  revocationBody,
} from './request-bodies.js';
import { type StatusInfo, status, statusText } from './status.js';
import { encodePollState, encodeTransaction, readPollState, readTransaction, requestIdOf } from './transaction.js';

/** How an authority is asked over CMP. */
export interface CmpClientSettings extends ConversationSettings {
  /** `cr` needs the phone's public key alone: we vouch for it (`raVerified`). `p10cr` carries the PKCS#10. */
  readonly message: 'cr' | 'p10cr';
  /** Asks the authority to need no confirmation; it may want one all the same. */
  readonly implicitConfirm: boolean;
  /** Name of a certificate profile of the authority (RFC 9480, 2.15). */
  readonly certProfile: string | undefined;
  /** The authority takes `rr`. */
  readonly revocation: boolean;
  readonly url: URL;
  /** The certificate that LSCs are signed by. */
  readonly issuer: CertificateRecord;
  readonly close: () => Promise<void>;
}

/** An authority that says `waiting` tells with its first polling response how long: it is asked soon. */
const firstPollMs = 1_000;
const longestWaitSeconds = 86_400;

/**
 * CMP (RFC 4210, 6712; 9480 and 9483 where they say more). A request's transactionID, nonce and body are committed before it
 * leaves. After a lost answer the transaction is polled: an authority that still knows it says what came of it, and one that
 * does not know it leaves it unknown. So a certificate whose confirmation was lost with the process is confirmed when the
 * authority sends it again, else it goes to nobody and the phone is asked for a new key.
 */
export class CmpClient implements AuthorityClient {
  declare readonly revoke?: NonNullable<AuthorityClient['revoke']>;
  readonly #settings: CmpClientSettings;

  constructor(settings: CmpClientSettings) {
    this.#settings = settings;
    if (settings.revocation) this.revoke = async (...revocation) => await this.#revoke(...revocation);
  }

  /** Rejects with PkiError `device-name-malformed`, `public-key-*`, and what `certificationRequest` rejects with. */
  async compose(wanted: WantedCertificate): Promise<ComposedRequest> {
    const { message, randomBytes } = this.#settings;
    const { deviceName, spki } = wanted;
    const body =
      message === 'cr' ? certificateRequestBody(deviceName, spki) : pkcs10Body(await wanted.certificationRequest());
    const id = randomBytes(16);
    const request = encodeTransaction({ id, nonce: randomBytes(16), body });
    return { deviceName, spki, request, reference: Buffer.from(id).toString('hex') };
  }

  async submit(composed: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome> {
    const { implicitConfirm, certProfile } = this.#settings;
    const { id: transactionId, nonce, body } = readTransaction(composed.request);
    const question = { transactionId, body, nonce, implicitConfirm, certProfile };
    return await this.#outcome(composed, await ask(this.#settings, question, signal), signal);
  }

  async poll(
    composed: ComposedRequest,
    pollReference: string,
    signal: AbortSignal,
  ): Promise<ClientOutcome | UnknownOutcome> {
    const { requestId, nonce: follows } = readPollState(pollReference);
    const { id: transactionId } = readTransaction(composed.request);
    const question = { transactionId, body: pollRequestBody(requestId), follows };
    const answer = await ask(this.#settings, question, signal);
    // The answer to an earlier poll was lost, and with it the nonce that is due.
    const isAstray = answer.kind === bodyKind.error && readError(answer).failures.includes('badRecipientNonce');
    return isAstray ? await this.#find(composed, requestId, signal) : await this.#outcome(composed, answer, signal);
  }

  async reconcile(composed: ComposedRequest, signal: AbortSignal): Promise<ClientOutcome | UnknownOutcome> {
    return await this.#find(composed, requestIdOf(readTransaction(composed.request)), signal);
  }

  /** The certificates of the CA, as far as it tells them (`genm`, RFC 9483, 4.3.1). */
  async fetchChain(signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const answer = await this.#askAnew(caCertificatesBody(), signal);
    if (answer.kind === bodyKind.genp) return readCaCertificates(answer);
    if (answer.kind !== bodyKind.error) throw unexpected(answer);
    const said = readError(answer);
    const text = this.#text(said);
    throw (
      faultOf(said, text) ??
      new AuthorityError('authority-not-found', `The authority does not tell its certificates over CMP: "${text}".`)
    );
  }

  check(signal: AbortSignal): AsyncIterable<CheckStep> {
    const askInGeneral = async () => await this.#askAnew(caCertificatesBody(), signal);
    return checkCmp({ ...this.#settings, askInGeneral }, signal);
  }

  async close(): Promise<void> {
    await this.#settings.close();
  }

  /** Polls a transaction of which the authority's last message is not known. */
  async #find(
    composed: ComposedRequest,
    requestId: RequestId,
    signal: AbortSignal,
  ): Promise<ClientOutcome | UnknownOutcome> {
    const { id: transactionId } = readTransaction(composed.request);
    const answer = await ask(this.#settings, { transactionId, body: pollRequestBody(requestId) }, signal);
    if (answer.kind !== bodyKind.error) return await this.#outcome(composed, answer, signal);
    const said = readError(answer);
    const fault = faultOf(said, this.#text(said));
    if (fault !== undefined) throw fault;
    const reason = `The authority cannot say what came of the request: "${this.#text(said)}".`;
    return { state: 'unknown', reason };
  }

  /** What an answer to a request, or to a poll about it, comes to. */
  async #outcome(composed: ComposedRequest, answer: AnswerMessage, signal: AbortSignal): Promise<ClientOutcome> {
    const requestId = requestIdOf(readTransaction(composed.request));
    switch (answer.kind) {
      case bodyKind.cp:
        return await this.#certificateOutcome(composed, answer, signal);
      case bodyKind.pollRep: {
        const seconds = Math.min(readPollAnswer(answer).checkAfter, longestWaitSeconds);
        return pending(requestId, answer, seconds * 1000);
      }
      case bodyKind.error: {
        const said = readError(answer);
        // RFC 9480, 2.13: a server may put off its answer as a whole.
        if (said.status === status.waiting) return pending(-1, answer, firstPollMs);
        const reason = this.#text(said);
        const fault = faultOf(said, reason);
        if (fault !== undefined) throw fault;
        return { state: 'denied', reason };
      }
      default:
        throw unexpected(answer);
    }
  }

  async #certificateOutcome(
    { request, spki }: ComposedRequest,
    answer: AnswerMessage,
    signal: AbortSignal,
  ): Promise<ClientOutcome> {
    const said = readCertificateAnswer(answer);
    const requestId: RequestId = said.requestId === -1 ? -1 : 0;
    const { certificate } = said;
    if (said.status.status === status.rejection) return { state: 'denied', reason: this.#text(said.status) };
    if (said.status.status === status.waiting) return pending(requestId, answer, firstPollMs);
    if (certificate === undefined) {
      throw new AuthorityError(
        'authority-answer-unreadable',
        'The authority says that it issued, and sent no certificate.',
      );
    }
    if (!(this.#settings.implicitConfirm && answer.header.implicitConfirm)) {
      const { id: transactionId } = readTransaction(request);
      await confirm(this.#settings, { transactionId, requestId, certificate, spki, answer }, signal);
    }
    return { state: 'issued', certificates: [certificate, ...answer.extraCertificates, ...said.caCertificates] };
  }

  async #revoke(certificate: Uint8Array, reason: string, signal: AbortSignal): Promise<void> {
    const { serial, issuerDer } = readCertificate(certificate);
    const answer = await this.#askAnew(revocationBody(Buffer.from(serial, 'hex'), issuerDer, reason), signal);
    if (answer.kind !== bodyKind.rp && answer.kind !== bodyKind.error) throw unexpected(answer);
    const said = answer.kind === bodyKind.rp ? readRevocationAnswer(answer) : readError(answer);
    const done = said.status === status.accepted || said.status === status.grantedWithMods;
    if (done || said.failures.includes('certRevoked')) return;
    const text = this.#text(said);
    throw (
      faultOf(said, text) ??
      new AuthorityError('authority-revocation-refused', `The authority does not revoke the certificate: "${text}".`)
    );
  }

  async #askAnew(body: Uint8Array, signal: AbortSignal): Promise<AnswerMessage> {
    return await ask(this.#settings, { transactionId: this.#settings.randomBytes(16), body }, signal);
  }

  #text(said: StatusInfo): string {
    return statusText(said, [this.#settings.trust.secret ?? '']);
  }
}

function pending(requestId: RequestId, { header }: AnswerMessage, retryAfter: number): ClientOutcome {
  const pollReference = encodePollState({ requestId, nonce: header.senderNonce });
  return { state: 'pending', pollReference, retryAfter };
}

function unexpected({ kind }: AnswerMessage): AuthorityError {
  return new AuthorityError(
    'authority-answer-unreadable',
    `The authority answered with another message (${kind}) than was due. Check the URL of the authority: it may lead to another service.`,
  );
}
