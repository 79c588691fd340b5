import { readFileSync } from 'node:fs';
import type { Message, Party, ProtocolErrorCode } from './index.js';

/** A recorded session, as far as the tests look at it. */
export interface RecordedSession {
  readonly name: string;
  readonly messages: readonly { readonly from: Party; readonly hex: string }[];
}

/** What a message means, in JSON: bytes as lower-case hex. */
export interface Meaning {
  readonly command: string;
  readonly sessionId: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is expected of each message of a session. */
export interface ExpectedSession {
  readonly name: string;
  readonly messages: readonly {
    readonly from: Party;
    readonly meaning?: Meaning;
    readonly error?: ProtocolErrorCode;
    readonly refused?: ProtocolErrorCode;
  }[];
}

function load(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../conformance/${file}`, import.meta.url), 'utf8'));
}

export const recordedSessions = (load('vectors.json') as { sessions: readonly RecordedSession[] }).sessions;
export const expectedSessions = (load('meanings.json') as { sessions: readonly ExpectedSession[] }).sessions;

/** Every recorded message with the name of its session. */
export const recordedFrames = recordedSessions.flatMap(({ name, messages }) =>
  messages.map(({ from, hex }, index) => ({ session: name, index, from, frame: Buffer.from(hex, 'hex') })),
);

/** A message's typed fields in the form of the conformance set. */
export function meaningOf(message: Message): Meaning {
  const { command, sessionId, ...fields } = message;
  return { command, sessionId, fields: inHex(fields) as Record<string, unknown> };
}

function inHex(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inHex(inner)]));
}
