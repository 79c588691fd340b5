import type { KeyPair, KeyType } from '@opencapf/pki';
import type { Complete, Message } from '@opencapf/protocol';
import type { TlsFacts } from './phone-tls.js';
import type { Departure, Stage } from './stage.js';

/** What goes out in place of a message: a message, or raw bytes, one TLS write a piece; no piece sends nothing. */
export type Outgoing = Message | readonly Uint8Array[];

/** Everything that a session shows while it runs. `at` is milliseconds since 1970, with fractions. */
export type Observation =
  | { readonly kind: 'connected'; readonly at: number }
  | { readonly kind: 'secured'; readonly at: number; readonly tls: TlsFacts }
  | {
      readonly kind: 'sent';
      readonly at: number;
      /** What a faithful phone says here. */
      readonly message: Message;
      /** What was written: its bytes, unless a hook put something else in its place. */
      readonly written: readonly Uint8Array[];
    }
  | { readonly kind: 'received'; readonly at: number; readonly message: Message }
  | { readonly kind: 'keyRequested'; readonly at: number; readonly key: KeyType }
  | { readonly kind: 'keyMade'; readonly at: number; readonly key: KeyType };

/**
 * What makes a phone unlike a faithful one, or lets somebody watch it. An exception out of a hook ends the session and
 * rejects `enroll`.
 */
export interface EnrollHooks {
  /**
   * Makes the key that the server asked for, in its own time; by default `generateKeyPair`. Undefined says that this phone
   * cannot: the server gets KEY_GENERATE_RESPONSE with reason 7.
   *
   * @param reportProgress - Sends a further REQUEST_IN_PROGRESS; resolves when it is written. Nothing from a version-2 phone.
   */
  readonly makeKey?: ((type: KeyType, reportProgress: () => Promise<void>) => Promise<KeyPair | undefined>) | undefined;
  /**
   * Called before each message with what a faithful phone would send; what it returns is sent, when it resolves. The
   * session goes on as if the faithful message had been sent.
   */
  readonly send?: ((message: Complete, stage: Stage) => Outgoing | Promise<Outgoing>) | undefined;
  /**
   * Called as each stage from `handshaking` on begins: after what leads to it was received, or before what leads to it is
   * sent, to leave when that is written. Undefined stays.
   */
  readonly leave?: ((stage: Stage) => Departure | undefined) | undefined;
  readonly observe?: ((observation: Observation) => void) | undefined;
}
