import type { Complete, ProtocolError } from '@opencapf/protocol';

/** Who is at the other end, as far as the connection tells. */
export interface Peer {
  /** IP address. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Which of our listeners the phone met. */
  readonly listener: 'capf' | 'legacy';
  /** Such as `TLSv1.3`. */
  readonly tlsVersion: string | undefined;
  /** OpenSSL's name of the cipher suite. */
  readonly cipher: string | undefined;
  readonly connectedAt: Date;
}

/**
 * Why a phone's answer will not come. `closed-by-us` has two sources: the service stops, or `hangUp` was called while an
 * answer was awaited. `made-room`: the connection was the oldest of too many that had not authenticated.
 */
export type LostReason = 'phone-left' | 'deadline-passed' | 'closed-by-us' | 'made-room';

/** What a wait for a phone's message ends with. */
export type Heard =
  | { readonly kind: 'message'; readonly message: Complete }
  | { readonly kind: 'fault'; readonly fault: ProtocolError }
  | { readonly kind: 'lost'; readonly reason: LostReason };

/** A phone's connection, one message at a time. What is sent and heard keeps to the legal order of the wire. */
export interface Conversation {
  /** Unsigned 32-bit number that every message bears. */
  readonly sessionId: number;
  readonly peer: Peer;
  /**
   * Sends a message and waits for the phone's next one.
   *
   * @param timeoutMs - From now to the whole message.
   */
  ask(message: Complete, timeoutMs: number): Promise<Heard>;
  /**
   * The phone has proved itself, or nothing was asked of it: it need not make room for strangers any longer, and may send
   * what the wire allows.
   *
   * @returns false when the service holds as many such phones as it may
   */
  authenticated(): boolean;
  /** Waits for the phone's next message. */
  hear(timeoutMs: number): Promise<Heard>;
  /** Sends END_SESSION with this reason and closes; does nothing when the phone is gone. Resolves when all is closed. */
  endSession(reason: number): Promise<void>;
  /** Closes without END_SESSION, which phones take as a communication failure and try again. */
  hangUp(): void;
}
