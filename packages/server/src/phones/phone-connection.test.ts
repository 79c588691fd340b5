import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import {
  authRequest,
  authResponse,
  encodeMessage,
  fetchCertificateRequest,
  fetchCertificateResponse,
  keyGenerateRequest,
  keyGenerateResponse,
  type Message,
  requestInProgress,
  StreamDecoder,
} from '@opencapf/protocol';
import { capfIdentity } from '../testing/capf-identity.js';
import { PhoneConnection } from './phone-connection.js';

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
const bounds = { bytesBeforeAuthentication: 1_000, messages: 8, requestsInProgressPerMinute: 10 };

interface Pair {
  readonly connection: PhoneConnection;
  readonly phone: TLSSocket;
  readonly heard: Message[];
  readonly admission: { dropped: boolean };
}

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

  async function pair(): Promise<Pair> {
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
    const admission = {
      dropped: false,
      isSession: false,
      begun: () => undefined,
      authenticated: () => true,
      leave: () => undefined,
    };
    const options = { sessionId, peer, keepAliveMs: minute, bounds, admission };
    return { connection: new PhoneConnection(socket, options), phone, heard, admission };
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

  it('takes so many bytes before the phone has authenticated, and more after', async () => {
    const big = encodeMessage(authResponse(sessionId, { version: 3, deviceName: 'S'.repeat(2_000) }));
    const stranger = await pair();
    const asked = stranger.connection.ask(authRequest(sessionId), minute);
    stranger.phone.write(big);
    const heard = await asked;
    assert.ok(heard.kind === 'fault' && heard.fault.code === 'frame-too-large');
    stranger.phone.destroy();

    const dripping = await pair();
    const dripped = dripping.connection.ask(authRequest(sessionId), minute);
    dripping.phone.write(introduction);
    assert.equal((await dripped).kind, 'message');
    const fetched = dripping.connection.ask(fetchCertificateRequest(sessionId), minute);
    dripping.phone.write(encodeMessage(fetchCertificateResponse(sessionId, Buffer.alloc(960))));
    assert.equal((await fetched).kind, 'message');
    const after = await dripping.connection.hear(minute);
    assert.ok(after.kind === 'fault' && after.fault.code === 'bytes-too-many');
    dripping.phone.destroy();

    const proven = await pair();
    const proving = proven.connection.ask(authRequest(sessionId), minute);
    proven.phone.write(introduction);
    await proving;
    assert.ok(proven.connection.authenticated());
    const showing = proven.connection.ask(fetchCertificateRequest(sessionId), minute);
    proven.phone.write(encodeMessage(fetchCertificateResponse(sessionId, Buffer.alloc(20_000))));
    assert.equal((await showing).kind, 'message');
    proven.phone.destroy();
  });

  it('says that it made room where the phone did not leave by itself', async () => {
    const { connection, phone, admission } = await pair();
    const asked = connection.ask(authRequest(sessionId), minute);
    admission.dropped = true;
    phone.destroy();
    assert.deepEqual(await asked, { kind: 'lost', reason: 'made-room' });
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
