import { type CommandName, ProtocolError } from '@opencapf/protocol';

/** How much a phone may send in a session. */
export interface MessageBounds {
  readonly bytesBeforeAuthentication: number;
  /** REQUEST_IN_PROGRESS apart. */
  readonly messages: number;
  readonly requestsInProgressPerMinute: number;
}

const minute = 60_000;

/** Counts what a phone sends in one session. How long it may send is bounded by the deadlines of its answers. */
export class MessageAllowance {
  readonly #bounds: MessageBounds;
  readonly #elapsed: () => number;
  #authenticated = false;
  #bytes = 0;
  #messages = 0;
  /** How many REQUEST_IN_PROGRESS may still come; what was used comes back evenly within a minute. */
  #inProgressLeft: number;
  #countedAt: number;

  /** @param elapsed - milliseconds on a clock that never jumps */
  constructor(bounds: MessageBounds, elapsed: () => number = () => performance.now()) {
    this.#bounds = bounds;
    this.#elapsed = elapsed;
    this.#inProgressLeft = bounds.requestsInProgressPerMinute;
    this.#countedAt = elapsed();
  }

  /** Lifts the bound on bytes. */
  authenticated(): void {
    this.#authenticated = true;
  }

  /** @returns the fault when these bytes are too many: `bytes-too-many` */
  takeBytes(count: number): ProtocolError | undefined {
    this.#bytes += count;
    const { bytesBeforeAuthentication: most } = this.#bounds;
    return this.#authenticated || this.#bytes <= most
      ? undefined
      : new ProtocolError('bytes-too-many', `at most ${most} are taken`);
  }

  /** @returns the fault when this message is one too many: `messages-too-many`, `request-in-progress-too-often` */
  takeMessage(command: CommandName): ProtocolError | undefined {
    if (command === 'RequestInProgress') return this.#takeInProgress();
    this.#messages += 1;
    const { messages: most } = this.#bounds;
    return this.#messages <= most ? undefined : new ProtocolError('messages-too-many', `at most ${most} are taken`);
  }

  #takeInProgress(): ProtocolError | undefined {
    const { requestsInProgressPerMinute: most } = this.#bounds;
    const now = this.#elapsed();
    const regained = ((now - this.#countedAt) * most) / minute;
    this.#countedAt = now;
    this.#inProgressLeft = Math.min(most, this.#inProgressLeft + regained) - 1;
    return this.#inProgressLeft >= 0
      ? undefined
      : new ProtocolError('request-in-progress-too-often', `at most ${most} in a minute are taken`);
  }
}
