import { commands } from './commands.js';
import { requireCountable, requireUnsigned } from './elements/range.js';
import type { Message } from './message.js';

/** The first byte of every message (capf-wire-protocol.md, section 1). */
export const protocolId = 0x55;

/** Bytes of a message before its payload: protocol id (1), command (1), session id (4), payload length (2). */
export const headerBytes = 8;

/** The largest payload that the header's length can say. */
export const maxPayloadBytes = 0xffff;

/** The bytes of a message, to be written in one TLS write, alone (capf-wire-protocol.md, section 1). */
export function encodeMessage(message: Message): Buffer {
  return encodeFrame(commands[message.command].code, message.sessionId, message.payload);
}

/**
 * A header and whatever stands behind it: for peers that must be able to send wrong things. The numbers must fit, the
 * payload is not looked at.
 *
 * @param commandCode - One byte.
 * @param sessionId - Unsigned 32-bit number.
 * @throws ProtocolError `wire-value-out-of-range`, `wire-message-too-large`
 */
export function encodeFrame(commandCode: number, sessionId: number, payload: Uint8Array): Buffer {
  requireUnsigned('command', commandCode, 0xff);
  requireFrame(sessionId, payload);
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame[0] = protocolId;
  frame[1] = commandCode;
  frame.writeUInt32BE(sessionId, 2);
  frame.writeUInt16BE(payload.length, 6);
  frame.set(payload, headerBytes);
  return frame;
}

/** @throws ProtocolError unless the header can say this session id and the length of this payload. */
export function requireFrame(sessionId: number, payload: Uint8Array): void {
  requireUnsigned('session id', sessionId, 0xffff_ffff);
  requireCountable('a payload', payload.length);
}
