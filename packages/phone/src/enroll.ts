import { generateKeyPair, type KeyPair, type KeyType } from '@opencapf/pki';
import { authResponse, type CommandName, ProtocolVersion, Reason } from '@opencapf/protocol';
import { CapfConnection } from './capf-connection.js';
import { type Clock, systemClock } from './clock.js';
import type { EnrollHooks, Observation } from './hooks.js';
import type { PhoneIdentity } from './identity.js';
import type { Outcome } from './outcome.js';
import { type Phone, PhoneSession } from './phone-session.js';
import { createPhoneTls, type PhoneTls, type TlsFacts } from './phone-tls.js';
import type { ProofSettings } from './proof.js';
import type { RequestSigning } from './request-signature.js';

/** One visit of a phone to a CAPF server. */
export interface EnrollOptions {
  /** Name or address; a name is sent as server name, an address is not. */
  readonly host: string;
  /** 3804 on a real server. */
  readonly port: number;
  /** Device name, e.g. `SEP001122334455`. */
  readonly name: string;
  /** 3 by default. */
  readonly version?: ProtocolVersion | undefined;
  /** None by default. A version-2 phone has no way to send one. */
  readonly authString?: string | undefined;
  /** Why the phone comes (REASON of AUTH_RESPONSE); 1 by default, the only one that was seen. */
  readonly reason?: number | undefined;
  /** Nothing by default: a phone fresh from the box, without even a MIC. */
  readonly identity?: PhoneIdentity | undefined;
  /** By which certificate the phone proves itself; by none by default. A version-2 phone has no way to. */
  readonly proof?: ProofSettings | undefined;
  /** Without trust by default. Compile it once for many phones. */
  readonly tls?: PhoneTls | undefined;
  /** The address to come from, on a machine with several. */
  readonly localAddress?: string | undefined;
  /** How long the phone waits for TCP, for TLS and for each answer; 10,000 ms by default, as capfc does (section 5). */
  readonly timeoutMs?: number | undefined;
  /**
   * Writes down what the phone holds from now on; called before the phone acknowledges a new LSC or its deletion. If it
   * rejects, the phone answers that it failed.
   */
  readonly keep?: ((identity: PhoneIdentity) => Promise<void>) | undefined;
  /**
   * Writes down a key that the phone was asked to make, in the place of an earlier one, before it shows it; if it rejects,
   * the phone answers that it has none. Undefined: no key waits for a certificate any more.
   */
  readonly keepKey?: ((key: KeyPair | undefined) => Promise<void>) | undefined;
  /**
   * Whether a phone without an LSC shows its MIC when it is asked for a certificate of no type; known clients do not, and say that
   * they have none.
   */
  readonly showsMic?: boolean | undefined;
  /** `signs` by default. */
  readonly signing?: RequestSigning | undefined;
  /** Takes the phone away at once. For many phones on one signal raise its limit of listeners (`events.setMaxListeners`). */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** One line of a session's course. */
export interface SessionStep {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly event: Observation['kind'];
  /** Of what was sent or received. */
  readonly command?: CommandName | undefined;
  /** The reason in it. */
  readonly reason?: number | undefined;
  /** Of the key that was asked for or made. */
  readonly key?: KeyType | undefined;
}

/** What came of a visit. */
export interface Enrollment {
  readonly outcome: Outcome;
  /** Undefined when the server never spoke. */
  readonly sessionId: number | undefined;
  /** The reason of END_SESSION; undefined when it did not come. */
  readonly endReason: number | undefined;
  /** Undefined when there was no handshake. */
  readonly tls: TlsFacts | undefined;
  readonly steps: readonly SessionStep[];
  /** What the phone holds now. */
  readonly identity: PhoneIdentity;
}

/**
 * Visits a CAPF server as a phone does and obeys it to the end of the session. Whatever server and network do is an
 * outcome. When it resolves, its socket is closed.
 *
 * Rejects with ProtocolError `wire-value-out-of-range` before it connects when name, string or reason cannot be said on the
 * wire, and with whatever a hook threw.
 */
export async function enroll(options: EnrollOptions, hooks: EnrollHooks = {}): Promise<Enrollment> {
  const { clock = systemClock, tls = createPhoneTls(), timeoutMs = 10_000 } = options;
  const steps: SessionStep[] = [];
  const note = (observation: Observation) => {
    steps.push(stepOf(observation));
    hooks.observe?.(observation);
  };
  const phone: Phone = {
    name: options.name,
    version: options.version ?? ProtocolVersion.THREE,
    authString: options.authString ?? '',
    reason: options.reason ?? Reason.UPDATE_CERTIFICATE,
    identity: options.identity ?? {},
    proof: options.proof,
    trust: tls.trust,
    keep: options.keep ?? (async () => {}),
    keepKey: options.keepKey ?? (async () => {}),
    showsMic: options.showsMic ?? false,
    signing: options.signing ?? 'signs',
    makeKey: hooks.makeKey ?? makeKey,
    clock,
    note,
  };
  requireSayable(phone);
  const { host, port, localAddress, signal } = options;
  const connection = new CapfConnection({ host, port, localAddress, signal, tls, timeoutMs, clock, hooks, note });
  try {
    const session = new PhoneSession(connection, phone);
    const outcome = await session.run();
    return {
      outcome,
      sessionId: connection.sessionId,
      endReason: session.endReason,
      tls: connection.tlsFacts,
      steps,
      identity: session.identity,
    };
  } finally {
    await connection.close();
  }
}

function requireSayable({ name: deviceName, authString: password, reason }: Phone): void {
  authResponse(0, { version: ProtocolVersion.THREE, deviceName, password, reason });
}

/** Sizes are checked before; what OpenSSL still refuses, this phone cannot make, and says so to the server. */
async function makeKey(type: KeyType): Promise<KeyPair | undefined> {
  try {
    return await generateKeyPair(type);
  } catch {
    return undefined;
  }
}

function stepOf(observation: Observation): SessionStep {
  const { at, kind: event } = observation;
  switch (observation.kind) {
    case 'connected':
    case 'secured':
      return { at, event };
    case 'sent':
    case 'received': {
      const { message } = observation;
      const reason = 'reason' in message ? message.reason : undefined;
      return { at, event, command: message.command, ...(reason === undefined ? {} : { reason }) };
    }
    case 'keyRequested':
    case 'keyMade':
      return { at, event, key: observation.key };
  }
}
