import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createPhoneTls, enroll, type PhoneTls, readCapfTrust } from '@opencapf/phone';
import { KeyStock } from '@opencapf/phone/load';
import {
  authResponse,
  type Complete,
  encodeMessage,
  keyGenerateResponse,
  type Message,
  StreamDecoder,
  storeCertificateResponse,
} from '@opencapf/protocol';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { type BenchService, startBenchService } from './bench/bench-service.js';
import { ownTime } from './support/own-time.js';

const rsa2048 = { kind: 'rsa', size: 2048 } as const;

describe('a service that many come to', () => {
  let database: TestDatabase;
  let opened: BenchService;
  let tls: PhoneTls;
  const keys = new KeyStock();

  before(async () => {
    database = await testDatabase({ migrated: false });
    opened = await startBenchService({ databaseUrl: database.url });
    tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(opened.service.capfCertificate)) });
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /** Phones that have an install queued, and a key. */
  const expected = async (count: number): Promise<readonly string[]> => {
    const names = await opened.prepare(count);
    await keys.prepare(names, rsa2048);
    return names;
  };
  const comes = async (name: string) =>
    await enroll(
      { ...opened.service.capf, name, tls, timeoutMs: 60_000 },
      { makeKey: (type) => keys.keyFor(name, type) },
    );

  it('gives each of 64 phones at once an LSC of its own', async () => {
    const names = await expected(64);
    const enrolments = await Promise.all(names.map(comes));
    assert.deepEqual([...new Set(enrolments.map(({ outcome }) => outcome.kind))], ['installed']);
    const certificates = enrolments.map(({ identity }) =>
      Buffer.from(identity.lsc?.certificate ?? []).toString('base64'),
    );
    assert.equal(new Set(certificates).size, 64);
  });

  it('enrols an honest phone in under 2 s beside 600 connections that are idle or half greeted', async () => {
    const [name = ''] = await expected(1);
    const strangers: Socket[] = [];
    try {
      await Promise.all(Array.from({ length: 600 }, async (_, index) => strangers.push(await stranger(index % 3))));
      const { outcome, ...times } = await ownTime(opened.service.pid, async () => (await comes(name)).outcome);
      assert.equal(outcome.kind, 'installed');
      assert.ok(times.ownMs < 2_000, JSON.stringify(times));
    } finally {
      for (const socket of strangers) socket.destroy();
    }
  });

  /** 0 says nothing, 1 sends the beginning of a ClientHello, 2 finishes its handshake and then says nothing. */
  async function stranger(kind: number): Promise<Socket> {
    const { capf, capfCertificate: ca } = opened.service;
    const socket = connect(capf);
    socket.on('error', () => {});
    await once(socket, 'connect');
    if (kind === 1) socket.write(Buffer.from('160301020001', 'hex'));
    if (kind !== 2) return socket;
    const secured = connectTls({ socket, ca, checkServerIdentity: () => undefined });
    secured.on('error', () => {});
    await once(secured, 'secureConnect');
    return socket;
  }

  it('serves a phone that reads once for each message, 4,096 bytes at most, and waits 8 s for it', async () => {
    const [deviceName = ''] = await expected(1);
    const phone = await SingleReader.connect(opened);
    const { sessionId } = phone.requireKind(await phone.read(), 'AuthRequest');
    phone.say(authResponse(sessionId, { version: 2, deviceName }));
    phone.requireKind(await phone.read(), 'KeyGenerateRequest');
    const key = await keys.keyFor(deviceName, rsa2048);
    phone.say(keyGenerateResponse(sessionId, { publicKey: key?.spki ?? Buffer.alloc(0) }));
    phone.requireKind(await phone.read(), 'StoreCertificateRequest');
    phone.say(storeCertificateResponse(sessionId, 1));
    const { reason } = phone.requireKind(await phone.read(), 'EndSession');
    assert.equal(reason, 1);
  });
});

/** A client that takes what one read gives for the whole message (capf-wire-protocol.md, sections 1 and 5). */
class SingleReader {
  readonly #chunks: AsyncIterator<Buffer>;

  private constructor(readonly socket: ReturnType<typeof connectTls>) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  static async connect({ service }: BenchService): Promise<SingleReader> {
    const socket = connectTls({ ...service.capf, ca: service.capfCertificate, checkServerIdentity: () => undefined });
    socket.setTimeout(8_000, () => socket.destroy(new Error('no answer in 8 s')));
    await once(socket, 'secureConnect');
    return new SingleReader(socket);
  }

  async read(): Promise<Message> {
    const { value } = await this.#chunks.next();
    const { messages, error } = new StreamDecoder().push(Buffer.from(value ?? []).subarray(0, 4_096));
    const [message] = messages;
    if (message === undefined || messages.length > 1) throw error ?? new Error('one read gave no single message');
    return message;
  }

  say(message: Complete): void {
    this.socket.write(encodeMessage(message));
  }

  requireKind<Command extends Message['command']>(message: Message, command: Command) {
    assert.equal(message.command, command);
    return message as Complete<Command>;
  }
}
