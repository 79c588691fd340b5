import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import {
  authResponse,
  deleteCertificateResponse,
  encodeMessage,
  fetchCertificateResponse,
  keyGenerateResponse,
  type Message,
  requestInProgress,
  StreamDecoder,
  storeCertificateResponse,
} from '@opencapf/protocol';
import fc from 'fast-check';
import { trusting } from './capf-identity.js';

/** A message as nobody should send it: any command, any elements, lengths that lie. */
interface OddMessage {
  readonly protocolId: number;
  readonly command: number;
  /** Added to the session's number. */
  readonly sessionOff: number;
  readonly elements: readonly { readonly tag: number; readonly value: Uint8Array; readonly lengthOff: number }[];
  readonly payloadLengthOff: number;
}

/** What a phone sends in the place of its answer. */
type Oddity =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'messages'; readonly messages: readonly OddMessage[] }
  | { readonly kind: 'flipped'; readonly at: number; readonly mask: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'inserted'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeated'; readonly times: number }
  | { readonly kind: 'nothing' };

/** One session of a phone that does as it should for some steps and then does not. */
export interface Misbehaviour {
  /** Which of the devices it says it is. */
  readonly device: number;
  readonly password: string;
  readonly version: 2 | 3;
  /** How many requests it answers as it should. */
  readonly honestSteps: number;
  readonly oddity: Oddity;
  /** Where the bytes are cut into writes. */
  readonly cuts: readonly number[];
  readonly afterwards: 'goOn' | 'stay' | 'end' | 'destroy';
}

const byte = fc.nat(255);
const oddMessage: fc.Arbitrary<OddMessage> = fc.record({
  protocolId: fc.oneof({ weight: 20, arbitrary: fc.constant(0x55) }, { weight: 1, arbitrary: byte }),
  command: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 23 }) }, { weight: 1, arbitrary: byte }),
  sessionOff: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) }),
  elements: fc.array(
    fc.record({
      tag: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 21 }) }, { weight: 1, arbitrary: byte }),
      value: fc.uint8Array({ maxLength: 60 }),
      lengthOff: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(70_000) }),
    }),
    { maxLength: 6 },
  ),
  payloadLengthOff: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(70_000) }),
});

/** Any way to misbehave, in any state of a session. @param devices - how many there are to choose from */
export function misbehaviour(devices: number): fc.Arbitrary<Misbehaviour> {
  return fc.record({
    device: fc.nat(devices - 1),
    password: fc.constantFrom('', '4711', '0000', '\u00ff'),
    version: fc.constantFrom(2, 3, 3, 3),
    honestSteps: fc.nat(4),
    oddity: fc.oneof(
      fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 400 }) }),
      fc.record({
        kind: fc.constant('messages' as const),
        messages: fc.array(oddMessage, { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant('flipped' as const), at: fc.nat(400), mask: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(400) }),
      fc.record({
        kind: fc.constant('inserted' as const),
        at: fc.nat(400),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
      }),
      fc.record({ kind: fc.constant('repeated' as const), times: fc.integer({ min: 2, max: 40 }) }),
      fc.record({ kind: fc.constant('nothing' as const) }),
    ),
    cuts: fc.array(fc.nat(400), { maxLength: 3 }),
    afterwards: fc.constantFrom('goOn', 'goOn', 'end', 'destroy', 'stay'),
  });
}

/** Whom a phone says it is, and what it has. */
export interface PhoneFacts {
  readonly port: number;
  /** The CAPF certificate, PEM. */
  readonly cert: string;
  readonly name: string;
  /** DER SubjectPublicKeyInfo of the key that it makes. */
  readonly publicKey: Uint8Array;
}

/**
 * Plays a session to its end.
 *
 * @param how - absent: as it should
 * @returns the last message that the phone heard, when the connection is closed
 */
export async function playSession(facts: PhoneFacts, how?: Misbehaviour): Promise<Message | undefined> {
  const socket = connect({ host: '127.0.0.1', port: facts.port, ...trusting(facts) });
  const decoder = new StreamDecoder();
  let steps = 0;
  let last: Message | undefined;
  return await new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(last));
    socket.on('data', (chunk: Buffer) => {
      for (const message of decoder.push(chunk).messages) {
        last = message;
        steps += 1;
        const answer = answerTo(message, facts, how);
        if (how === undefined || steps <= how.honestSteps) socket.write(answer);
        else if (steps === how.honestSteps + 1) misbehave(socket, message, answer, how);
        else if (how.afterwards === 'goOn') socket.write(answer);
      }
    });
  });
}

function answerTo(request: Message, { name, publicKey }: PhoneFacts, how: Misbehaviour | undefined): Buffer {
  const { sessionId } = request;
  switch (request.command) {
    case 'AuthRequest': {
      const { version = 3, password = '' } = how ?? {};
      const said = version === 2 ? { version, deviceName: name } : { version, deviceName: name, password };
      return encodeMessage(authResponse(sessionId, said));
    }
    case 'KeyGenerateRequest':
      return Buffer.concat(
        [requestInProgress(sessionId), keyGenerateResponse(sessionId, { publicKey })].map(encodeMessage),
      );
    case 'StoreCertificateRequest':
      return encodeMessage(storeCertificateResponse(sessionId, 1));
    case 'FetchCertificateRequest':
      return encodeMessage(fetchCertificateResponse(sessionId, undefined));
    case 'DeleteCertificateRequest':
      return encodeMessage(deleteCertificateResponse(sessionId, 1));
    default:
      return Buffer.alloc(0);
  }
}

function misbehave(socket: TLSSocket, { sessionId }: Message, answer: Buffer, how: Misbehaviour): void {
  const bytes = distorted(answer, how.oddity, sessionId);
  const cuts = [...new Set(how.cuts.filter((cut) => cut > 0 && cut < bytes.length))].sort((a, b) => a - b);
  for (const [index, from] of [0, ...cuts].entries()) writeIfAny(socket, bytes.subarray(from, cuts[index]));
  if (how.afterwards === 'end') socket.end();
  if (how.afterwards === 'destroy') socket.destroy();
}

function writeIfAny(socket: Socket, bytes: Uint8Array): void {
  if (bytes.length > 0) socket.write(bytes);
}

function distorted(answer: Buffer, oddity: Oddity, sessionId: number): Buffer {
  switch (oddity.kind) {
    case 'bytes':
      return Buffer.from(oddity.bytes);
    case 'messages':
      return Buffer.concat(oddity.messages.map((message) => oddBytes(message, sessionId)));
    case 'flipped': {
      const copy = Buffer.from(answer);
      const at = oddity.at % Math.max(1, copy.length);
      if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ oddity.mask;
      return copy;
    }
    case 'cut':
      return answer.subarray(0, oddity.at % Math.max(1, answer.length));
    case 'inserted': {
      const at = oddity.at % Math.max(1, answer.length);
      return Buffer.concat([answer.subarray(0, at), oddity.bytes, answer.subarray(at)]);
    }
    case 'repeated':
      return Buffer.concat(Array<Buffer>(oddity.times).fill(answer));
    case 'nothing':
      return Buffer.alloc(0);
  }
}

function oddBytes(
  { protocolId, command, sessionOff, elements, payloadLengthOff }: OddMessage,
  sessionId: number,
): Buffer {
  const parts = elements.map(({ tag, value, lengthOff }) => {
    const header = Buffer.from([tag, 0, 0]);
    header.writeUInt16BE((value.length + lengthOff) & 0xffff, 1);
    return Buffer.concat([header, value]);
  });
  const payload = Buffer.concat(parts);
  const header = Buffer.alloc(8);
  header[0] = protocolId;
  header[1] = command;
  header.writeUInt32BE((sessionId + sessionOff) >>> 0, 2);
  header.writeUInt16BE((payload.length + payloadLengthOff) & 0xffff, 6);
  return Buffer.concat([header, payload]);
}
