import {
  type AnswerTo,
  type CommandName,
  type Complete,
  encodeMessage,
  legalOrder,
  type Message,
  type Party,
  reasonName,
  type StateName,
} from '@opencapf/protocol';
import type { SessionEnding, SessionStep } from '@opencapf/store';
import type { Conversation, Heard, LostReason, Peer } from './conversation.js';
import { AttemptEnded } from './session-ends.js';
import { type SessionOutcome, sessionOutcomes } from './session-outcomes.js';

/** Commands that a phone answers. */
type Request = Extract<CommandName, `${string}Request`>;

/** Is shown the bytes of a message, from its header on. */
export type Tap = (from: Party, bytes: Uint8Array) => void;

/** A conversation as the procedures hold it: questions with their answers, and a record of each state with its time. */
export class Dialogue {
  readonly #conversation: Conversation;
  readonly #clock: () => Date;
  readonly #elapsed: () => number;
  readonly #steps: SessionStep[] = [];
  readonly #remarks: string[] = [];
  #state: StateName = 'opening';
  #superseded = false;
  #tap: Tap | undefined;
  #ending: SessionEnding | undefined;

  /** @param elapsed - Milliseconds on a clock that never jumps. */
  constructor(conversation: Conversation, clock: () => Date, elapsed: () => number) {
    this.#conversation = conversation;
    this.#clock = clock;
    this.#elapsed = elapsed;
    this.#steps.push({ state: 'connected', at: conversation.peer.connectedAt.toISOString() });
  }

  get sessionId(): number {
    return this.#conversation.sessionId;
  }

  get peer(): Peer {
    return this.#conversation.peer;
  }

  get steps(): readonly SessionStep[] {
    return this.#steps;
  }

  /**
   * Sends a request and waits for its answer. Any number of REQUEST_IN_PROGRESS may come before it; they do not lengthen
   * the deadline (capf-wire-protocol.md, section 5, "Timing").
   *
   * @throws AttemptEnded when the answer does not come
   */
  async answerTo<R extends Request>(request: Complete<R>, timeoutMs: number): Promise<Complete<AnswerTo<R>>> {
    const deadline = this.#elapsed() + timeoutMs;
    this.#enter(legalOrder[this.#state].server[(request as Message).command]);
    this.#tap?.('server', encodeMessage(request as Complete));
    let heard = await this.#conversation.ask(request as Complete, timeoutMs);
    this.#show(heard);
    while (heard.kind === 'message' && heard.message.command === 'RequestInProgress') {
      if (this.#steps.at(-1)?.state !== 'keyGenerationInProgress') this.#note('keyGenerationInProgress');
      heard = await this.#conversation.hear(Math.max(0, deadline - this.#elapsed()));
      this.#show(heard);
    }
    const message = this.#messageOf(heard);
    this.#enter(legalOrder[this.#state].phone[message.command]);
    if (message.command === 'EndSession' || message.command === 'AbortRequest') {
      const { reason } = message;
      throw new AttemptEnded('phone-gave-up', `The phone sent ${message.command}${reasonWords(reason)}.`);
    }
    return message as Complete<AnswerTo<R>>;
  }

  /**
   * Shows every message from now on as it stands on the wire, what does not decode included; undefined: none any more.
   *
   * @param tap - Must not throw. No authentication string comes past it once the phone has introduced itself.
   */
  tap(tap: Tap | undefined): void {
    this.#tap = tap;
  }

  /** Keeps what an administrator should know, however the session ends. @param words - A sentence. */
  remark(words: string): void {
    this.#remarks.push(words);
  }

  /** The phone has authenticated for its operation. @throws AttemptEnded `sessions-full` */
  authenticated(): void {
    if (this.#conversation.authenticated()) return;
    throw new AttemptEnded('sessions-full', sessionOutcomes['sessions-full'], 'hangUp');
  }

  /** How the session ends now, for the record. @param endReason - Of END_SESSION; undefined when none is sent. */
  ending(outcome: SessionOutcome, endReason: number | undefined, words?: string): SessionEnding {
    this.#enter('ended');
    const reason = [...this.#remarks, ...(words === undefined ? [] : [words])].join(' ');
    this.#ending = { endedAt: this.#clock(), outcome, endReason, reason: reason || undefined, steps: this.#steps };
    return this.#ending;
  }

  /** The last that {@link ending} gave. */
  get ended(): SessionEnding | undefined {
    return this.#ending;
  }

  /** Ends the session on the wire. */
  async end(reason: number | undefined): Promise<void> {
    if (reason === undefined) this.#conversation.hangUp();
    else await this.#conversation.endSession(reason);
  }

  /** A newer session of the phone took over on this node: nobody waits for this one any longer. */
  supersede(): void {
    this.#superseded = true;
    this.#conversation.hangUp();
  }

  #show(heard: Heard): void {
    if (heard.kind === 'message') this.#tap?.('phone', encodeMessage(heard.message));
    else if (heard.kind === 'fault' && heard.fault.bytes !== undefined) this.#tap?.('phone', heard.fault.bytes);
  }

  #messageOf(heard: Heard): Complete {
    switch (heard.kind) {
      case 'message':
        return heard.message;
      case 'fault':
        throw new AttemptEnded('phone-spoke-wrongly', heard.fault.message, 'refuse', {
          cause: heard.fault,
        });
      case 'lost':
        throw this.#lost(heard.reason);
    }
  }

  #lost(reason: LostReason): AttemptEnded {
    switch (reason) {
      case 'phone-left':
        return new AttemptEnded('phone-left', `The phone left while ${this.#state}.`, 'hangUp');
      case 'deadline-passed':
        return new AttemptEnded('deadline-passed', `No answer came in time while ${this.#state}.`, 'hangUp');
      case 'made-room':
        return new AttemptEnded('connection-dropped', sessionOutcomes['connection-dropped'], 'hangUp');
      case 'closed-by-us':
        return this.#superseded
          ? new AttemptEnded('session-superseded', 'A newer session of the phone took over.', 'hangUp')
          : new AttemptEnded('service-stopped', 'The service was stopped.', 'hangUp');
    }
  }

  #enter(state: StateName | undefined): void {
    if (state === undefined || state === this.#state) return;
    this.#state = state;
    this.#note(state);
  }

  #note(state: string): void {
    this.#steps.push({ state, at: this.#clock().toISOString() });
  }
}

/** A reason as words to follow a sentence: `, reason 7 (INVALID_ELEMENT)`. */
export function reasonWords(reason: number | undefined): string {
  if (reason === undefined) return '';
  const name = reasonName(reason);
  return `, reason ${reason}${name === undefined ? '' : ` (${name})`}`;
}
