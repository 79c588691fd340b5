import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import {
  authRequest,
  authResponse,
  encodeMessage,
  keyGenerateRequest,
  keyGenerateResponse,
  type Message,
  requestInProgress,
  StreamDecoder,
} from '@opencapf/protocol';
import { PhoneConnection } from './phone-connection.js';
import { plainAddress } from './phone-sessions.js';
import { capfIdentity } from './testing/capf-identity.js';

const sessionId = 0x12345678;
const peer = {
  remoteAddress: '127.0.0.1',
  remotePort: 1,
  listener: 'capf',
  tlsVersion: undefined,
  cipher: undefined,
  connectedAt: new Date(0),
} as const;
const minute = 60_000;

describe("a phone's connection", () => {
  let server: Server;
  let port: number;
  let cert: string;
  before(async () => {
    const identity = await capfIdentity();
    cert = identity.cert;
    server = createServer(identity);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  after(() => server.close());

  async function pair(): Promise<{ connection: PhoneConnection; phone: TLSSocket; heard: Message[] }> {
    const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const phone = connect({ host: '127.0.0.1', port, ca: cert, checkServerIdentity: () => undefined });
    phone.on('error', () => undefined);
    const decoder = new StreamDecoder();
    const heard: Message[] = [];
    phone.on('data', (chunk: Buffer) => {
      heard.push(...decoder.push(chunk).messages);
      phone.emit('heard');
    });
    const [socket] = await accepted;
    return { connection: new PhoneConnection(socket, { sessionId, peer, keepAliveMs: minute }), phone, heard };
  }

  const introduction = encodeMessage(authResponse(sessionId, { version: 3, deviceName: 'SEP001122334455' }));

  it('hears the answer however it is cut', async () => {
    const { connection, phone } = await pair();
    const asked = connection.ask(authRequest(sessionId), minute);
    await once(phone, 'heard');
    phone.setNoDelay(true);
    for (const byte of introduction) phone.write(Buffer.from([byte]));
    const heard = await asked;
    assert.ok(heard.kind === 'message' && heard.message.command === 'AuthResponse');
    connection.hangUp();
    phone.destroy();
  });

  it('keeps what comes early until it is asked for', async () => {
    const { connection, phone } = await pair();
    const asked = connection.ask(authRequest(sessionId), minute);
    await once(phone, 'heard');
    phone.write(introduction);
    await asked;
    const generating = connection.ask(
      keyGenerateRequest(sessionId, { version: 3, key: { type: 'rsa', size: 2048 } }),
      minute,
    );
    await once(phone, 'heard');
    const key = keyGenerateResponse(sessionId, { publicKey: Buffer.from('key') });
    phone.write(Buffer.concat([requestInProgress(sessionId), requestInProgress(sessionId), key].map(encodeMessage)));
    const kinds = [await generating, await connection.hear(minute), await connection.hear(minute)];
    assert.deepEqual(
      kinds.map((heard) => heard.kind === 'message' && heard.message.command),
      ['RequestInProgress', 'RequestInProgress', 'KeyGenerateResponse'],
    );
    connection.hangUp();
    phone.destroy();
  });

  it('tells why an answer does not come', async () => {
    const left = await pair();
    const leaving = left.connection.ask(authRequest(sessionId), minute);
    await once(left.phone, 'heard');
    left.phone.destroy();
    assert.deepEqual(await leaving, { kind: 'lost', reason: 'phone-left' });

    const silent = await pair();
    assert.deepEqual(await silent.connection.ask(authRequest(sessionId), 1), {
      kind: 'lost',
      reason: 'deadline-passed',
    });
    silent.phone.destroy();

    const stopped = await pair();
    const waiting = stopped.connection.ask(authRequest(sessionId), minute);
    stopped.connection.hangUp();
    assert.deepEqual(await waiting, { kind: 'lost', reason: 'closed-by-us' });

    const wrong = await pair();
    const asked = wrong.connection.ask(authRequest(sessionId), minute);
    await once(wrong.phone, 'heard');
    wrong.phone.write('GET / HTTP/1.1\r\n\r\n');
    const heard = await asked;
    assert.ok(heard.kind === 'fault' && heard.fault.code === 'protocol-id-wrong');
    wrong.phone.destroy();
  });

  it('lets the phone read END_SESSION although it sent more than anybody wants', async () => {
    const { connection, phone, heard } = await pair();
    const asked = connection.ask(authRequest(sessionId), minute);
    await once(phone, 'heard');
    phone.write(Buffer.alloc(200_000));
    await asked;
    const closed = once(phone, 'close');
    await connection.endSession(7);
    await closed;
    const end = heard.at(-1);
    assert.ok(end?.command === 'EndSession' && end.reason === 7);
  });

  it('says nothing when it hangs up', async () => {
    const { connection, phone, heard } = await pair();
    const closed = once(phone, 'close');
    phone.resume();
    connection.hangUp();
    await connection.endSession(7);
    await closed;
    assert.deepEqual(heard, []);
  });
});

describe("a phone's address", () => {
  it('is written as people know it', () => {
    assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7');
    assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1');
    assert.equal(plainAddress('2001:db8::ffff:1'), '2001:db8::ffff:1');
  });
});
