import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { authResponse, encodeFrame, encodeMessage, type Message, StreamDecoder } from '@opencapf/protocol';

/** What strangers know of the network. */
export interface Surroundings {
  /** A device that exists, with an authentication string that no stranger has. */
  readonly known: string;
  /** Every device that exists and has nothing queued. */
  readonly idle: string;
}

/** What a stranger does once its TCP connection is up. It ends with the connection. */
export type BeforeTls = (socket: Socket) => void;

/** What a stranger does when it has been greeted. */
export type AfterGreeting = (socket: TLSSocket, greeting: Message, surroundings: Surroundings) => void;

const clientHelloBegun = Buffer.from('16030100a5010000a10303', 'hex');

/** Connections that never come to TLS. */
export const beforeTls: Readonly<Record<string, BeforeTls>> = {
  silent: () => undefined,
  half: (socket) => void socket.write(clientHelloBegun),
  dripping: (socket) => drip(socket, Buffer.concat([clientHelloBegun, Buffer.alloc(200, 1)])),
  http: (socket) => void socket.write('GET / HTTP/1.1\r\nHost: capf\r\n\r\n'),
  garbage: (socket) => void socket.write(randomBytes(2_000)),
  garbageInRecord: (socket) => void socket.write(Buffer.concat([Buffer.from('160301010001', 'hex'), randomBytes(255)])),
  halfOpen: (socket) => void socket.end(clientHelloBegun),
  reset: (socket) => void socket.resetAndDestroy(),
};

/** Connections that do. */
export const afterGreeting: Readonly<Record<string, AfterGreeting>> = {
  silent: () => undefined,
  unread: (socket) => void socket.pause(),
  dripping: (socket, { sessionId }) =>
    drip(socket, encodeMessage(authResponse(sessionId, { version: 3, deviceName: 'SEPDEADBEEF0000' }))),
  largest: (socket, { sessionId }) => void socket.write(encodeFrame(2, sessionId, Buffer.alloc(65_535))),
  unfinished: (socket, { sessionId }) => {
    const frame = encodeFrame(2, sessionId, Buffer.alloc(32_000));
    socket.write(frame.subarray(0, 31_000));
  },
  unknown: (socket, { sessionId }) => {
    const deviceName = `SEP${randomBytes(6).toString('hex').toUpperCase()}`;
    socket.write(encodeMessage(authResponse(sessionId, { version: 3, deviceName })));
  },
  guessing: (socket, { sessionId }, { known }) =>
    void socket.write(encodeMessage(authResponse(sessionId, { version: 3, deviceName: known, password: '0000' }))),
  visiting: (socket, { sessionId }, { idle }) =>
    void socket.write(encodeMessage(authResponse(sessionId, { version: 3, deviceName: idle }))),
  wrongSession: (socket, { sessionId }) =>
    void socket.write(
      encodeMessage(authResponse((sessionId ^ 1) >>> 0, { version: 3, deviceName: 'SEPDEADBEEF0000' })),
    ),
  flooding: (socket, { sessionId }) => {
    const message = encodeMessage(authResponse(sessionId, { version: 3, deviceName: 'SEPDEADBEEF0000' }));
    socket.write(Buffer.concat(Array<Buffer>(2_000).fill(message)));
  },
  garbage: (socket) => void socket.write(randomBytes(20_000)),
  renegotiating: (socket) => void socket.renegotiate({}, () => undefined),
};

/** The first message of the server on this connection. */
export function greetingOn(socket: TLSSocket, then: (greeting: Message) => void): void {
  const decoder = new StreamDecoder();
  let greeted = false;
  socket.on('data', (chunk: Buffer) => {
    const [greeting] = greeted ? [] : decoder.push(chunk).messages;
    if (greeting === undefined) return;
    greeted = true;
    then(greeting);
  });
}

function drip(socket: Socket, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < bytes.length) socket.write(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, 200);
  socket.once('close', () => clearInterval(timer));
}
