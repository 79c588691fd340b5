import type { CommandName } from './commands.js';
import { missingElement } from './completeness.js';
import { ProtocolError } from './errors.js';
import { encodeMessage } from './frame.js';
import { legalOrder, type Party, type StateName } from './legal-order.js';
import type { Complete, Message } from './message.js';

/** Where a session stands. Both ends of a session are always in the same state, apart from what is under way. */
export type SessionState = Opening | Running | Ended;

/** The server has not spoken, so there is no session id. */
export interface Opening {
  readonly name: 'opening';
}

export interface Running {
  readonly name: Exclude<StateName, 'opening' | 'ended'>;
  readonly sessionId: number;
}

export interface Ended {
  readonly name: 'ended';
  readonly sessionId: number;
  readonly endedBy: Party;
  /** The reason it gave, see {@link Reason}. */
  readonly reason: number | undefined;
}

/** What follows from a legal message. */
export interface Step {
  readonly state: SessionState;
  /** Who has to do something next: send its message, or, for `nobody`, close the connection. */
  readonly turn: Party | 'nobody';
  /** The same message, of which it is now known that its mandatory fields are there. */
  readonly message: Complete;
}

/** How every session begins. */
export const opening: Opening = { name: 'opening' };

/**
 * Takes a session on by one message. An end calls it for what it gets and for what it sends. Pure; nothing is thrown.
 *
 * @param from - Who sent the message.
 * @returns The step, or a fault: `session-id-wrong`, `command-out-of-order`, `element-missing`. After a fault the
 * session stands where it stood, so that a server can still send its END_SESSION.
 */
export function step(state: SessionState, from: Party, message: Message): Step | ProtocolError {
  const stepped = stepOrFault(state, from, message);
  if (!(stepped instanceof ProtocolError)) return stepped;
  const fault = stepped.showing(encodeMessage(message));
  return 'deviceName' in message ? fault.naming(message.deviceName) : fault;
}

function stepOrFault(state: SessionState, from: Party, message: Message): Step | ProtocolError {
  if (state.name !== 'opening' && message.sessionId !== state.sessionId) {
    return new ProtocolError('session-id-wrong', `${message.sessionId} instead of ${state.sessionId}`);
  }
  const next = legalOrder[state.name][from][message.command];
  if (next === undefined) {
    return new ProtocolError('command-out-of-order', `${message.command} from the ${from} in state ${state.name}`);
  }
  const missing = missingElement(message, from);
  if (missing !== undefined) return missing;
  return { state: enter(next, from, message), turn: legalOrder[next].turn, message: message as Complete };
}

/** The commands that an end may send now, for logs and messages to people. */
export function legalCommands(state: SessionState, from: Party): readonly CommandName[] {
  return Object.keys(legalOrder[state.name][from]) as CommandName[];
}

function enter(name: Exclude<StateName, 'opening'>, from: Party, message: Message): Running | Ended {
  const { sessionId } = message;
  if (name !== 'ended') return { name, sessionId };
  return { name, sessionId, endedBy: from, reason: 'reason' in message ? message.reason : undefined };
}
