import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AnswerTo,
  authRequest,
  authResponse,
  type CommandName,
  commandNames,
  commands,
  createMessage,
  deleteCertificateRequest,
  encodeFrame,
  encodeMessage,
  endSession,
  fetchCertificateRequest,
  fetchCertificateResponse,
  joinElements,
  keyGenerateRequest,
  keyGenerateResponse,
  legalCommands,
  legalOrder,
  type Message,
  opening,
  type Party,
  ProtocolError,
  type ProtocolErrorCode,
  Reason,
  requestInProgress,
  type SessionState,
  type StateName,
  StreamDecoder,
  signCertificateRequest,
  signCertificateResponse,
  step,
  storeCertificateRequest,
  storeCertificateResponse,
} from './index.js';
import { expectedSessions, recordedSessions } from './vectors.test.support.js';

const id = 0x0a0b0c01;
const rsa = keyGenerateRequest(id, { version: 3, key: { type: 'rsa', size: 2048 } });
const ec = keyGenerateRequest(id, { version: 3, key: { type: 'ec', curve: 0 } });
const key = keyGenerateResponse(id, { publicKey: Buffer.from('key') });
const store = storeCertificateRequest(id, Buffer.from('certificate'));
const greeting: readonly [Party, Message][] = [
  ['server', authRequest(id)],
  ['phone', authResponse(id, { version: 3, deviceName: 'SEP001122334455' })],
];

function run(moves: readonly (readonly [Party, Message])[]): { state: SessionState; turn: string } {
  let now: { state: SessionState; turn: string } = { state: opening, turn: 'server' };
  for (const [from, message] of moves) {
    const next = step(now.state, from, message);
    if (next instanceof ProtocolError) assert.fail(`${message.command} from the ${from}: ${next.message}`);
    now = next;
  }
  return now;
}

function faultAfter(moves: readonly (readonly [Party, Message])[], from: Party, message: Message): ProtocolErrorCode {
  const next = step(run(moves).state, from, message);
  assert.ok(next instanceof ProtocolError, `${message.command} from the ${from} was legal`);
  return next.code;
}

/** A message with nothing but these elements, as no constructor would make it. */
function bare(command: CommandName, elements: readonly { tag: number; value: Uint8Array }[] = []): Message {
  const [message] = new StreamDecoder().push(encodeFrame(commands[command].code, id, joinElements(elements))).messages;
  assert.ok(message);
  return message;
}

/** By hand: the recorded messages that decode and are yet illegal. */
const refusals: Readonly<Record<string, ProtocolErrorCode>> = {
  'malformed-wrong-session-id': 'session-id-wrong',
  'malformed-wrong-command': 'command-out-of-order',
  'malformed-empty-payload': 'element-missing',
  'malformed-no-device-name': 'element-missing',
};

describe('each recorded session', () => {
  for (const { name, messages } of recordedSessions) {
    test(`${name}: ${refusals[name] ?? 'every message is legal'}`, () => {
      let state: SessionState = opening;
      let refused: ProtocolErrorCode | undefined;
      for (const [index, { from, hex }] of messages.entries()) {
        const [message] = new StreamDecoder().push(Buffer.from(hex, 'hex')).messages;
        if (message === undefined) continue;
        const next = step(state, from, message);
        const code = next instanceof ProtocolError ? next.code : undefined;
        const expected = expectedSessions.find((session) => session.name === name)?.messages[index];
        assert.equal(code, expected?.refused, `message ${index}`);
        if (next instanceof ProtocolError) refused = next.code;
        else state = next.state;
      }
      assert.equal(refused, refusals[name]);
      const last = messages.at(-1)?.hex.slice(2, 4);
      assert.equal(state.name === 'ended', last === '0f');
    });
  }
});

test('an install goes through its states and says whose turn it is', () => {
  const moves: readonly (readonly [Party, Message, StateName, string])[] = [
    ['server', authRequest(id), 'awaitingAuthResponse', 'phone'],
    ['phone', authResponse(id, { version: 3, deviceName: 'SEP001122334455' }), 'authenticated', 'server'],
    ['server', rsa, 'awaitingKeyGenerateResponse', 'phone'],
    ['phone', requestInProgress(id), 'awaitingKeyGenerateResponse', 'phone'],
    ['phone', requestInProgress(id), 'awaitingKeyGenerateResponse', 'phone'],
    ['phone', key, 'keyGenerated', 'server'],
    ['server', store, 'awaitingStoreCertificateResponse', 'phone'],
    ['phone', storeCertificateResponse(id, Reason.UPDATE_CERTIFICATE), 'certificateStored', 'server'],
    ['server', endSession(id, Reason.UPDATE_CERTIFICATE), 'ended', 'nobody'],
  ];
  for (const [index, [, , name, turn]] of moves.entries()) {
    const now = run(moves.slice(0, index + 1).map(([from, message]) => [from, message] as const));
    assert.deepEqual([now.state.name, now.turn], [name, turn]);
  }
});

test('the answer to a request has its name', () => {
  const answers: readonly [AnswerTo<'AuthRequest'>, AnswerTo<'StoreCertificateRequest'>] = [
    'AuthResponse',
    'StoreCertificateResponse',
  ];
  for (const answer of answers) assert.ok(commandNames.includes(answer));
});

test('an end of session says who ended it and why', () => {
  assert.deepEqual(run([...greeting, ['server', endSession(id, Reason.UNKNOWN_DEVICE)]]).state, {
    name: 'ended',
    sessionId: id,
    endedBy: 'server',
    reason: Reason.UNKNOWN_DEVICE,
  });
});

test('the session id of the first message is the only one', () => {
  assert.deepEqual(run(greeting).state, { name: 'authenticated', sessionId: id });
  assert.equal(faultAfter(greeting, 'server', endSession(id + 1, 0)), 'session-id-wrong');
  assert.equal(
    faultAfter(greeting.slice(0, 1), 'phone', authResponse(0, { version: 3, deviceName: 'SEP' })),
    'session-id-wrong',
  );
});

test('the server speaks first', () => {
  for (const command of commandNames.filter((name) => name !== 'AuthRequest')) {
    assert.equal(faultAfter([], 'server', bare(command)), 'command-out-of-order');
  }
  for (const command of commandNames) assert.equal(faultAfter([], 'phone', bare(command)), 'command-out-of-order');
});

test('EC Preferred with RSA Backup asks twice in one session', () => {
  const failed = keyGenerateResponse(id, { reason: Reason.INVALID_ELEMENT });
  const { state } = run([
    ...greeting,
    ['server', ec],
    ['phone', failed],
    ['server', rsa],
    ['phone', key],
    ['server', store],
  ]);
  assert.equal(state.name, 'awaitingStoreCertificateResponse');
});

test('a second fetch may follow the first, for the MIC', () => {
  const fetched: readonly [Party, Message][] = [
    ...greeting,
    ['server', fetchCertificateRequest(id)],
    ['phone', fetchCertificateResponse(id, undefined)],
  ];
  assert.equal(run([...fetched, ['server', fetchCertificateRequest(id, 2)]]).turn, 'phone');
  assert.equal(faultAfter(fetched, 'server', rsa), 'command-out-of-order');
});

test('a certificate can be stored without a new key', () => {
  assert.equal(run([...greeting, ['server', store]]).state.name, 'awaitingStoreCertificateResponse');
});

test('a request can be signed with the new key or the one in the phone, and anything that needs it may follow', () => {
  const signed: readonly [Party, Message][] = [
    ['server', signCertificateRequest(id, Buffer.from('request'))],
    ['phone', requestInProgress(id)],
    ['phone', signCertificateResponse(id, { signature: Buffer.from('signature') })],
  ];
  const made: readonly [Party, Message][] = [...greeting, ['server', ec], ['phone', key]];
  assert.equal(run([...greeting, ...signed]).state.name, 'certificateSigned');
  assert.equal(run([...made, ...signed]).state.name, 'certificateSigned');
  assert.equal(run([...made, ...signed, ...signed]).turn, 'server');
  assert.equal(run([...made, ...signed, ['server', store]]).state.name, 'awaitingStoreCertificateResponse');
  assert.equal(run([...made, ...signed, ['server', rsa], ['phone', key], ...signed]).state.name, 'certificateSigned');
});

test('whatever is in an answer to a request to sign, it is heard', () => {
  const asked: readonly [Party, Message][] = [...greeting, ['server', signCertificateRequest(id, Buffer.from('x'))]];
  const odd = bare('SignCertificateResponse', [{ tag: 99, value: Buffer.from([1, 2]) }]);
  assert.equal(run([...asked, ['phone', odd]]).state.name, 'certificateSigned');
  assert.equal(encodeMessage(odd).toString('hex'), '55170a0b0c010005630002' + '0102');
  assert.equal(faultAfter(greeting, 'server', bare('SignCertificateRequest')), 'element-missing');
});

test('a message that is refused can be looked at', () => {
  const fault = step(run(greeting).state, 'phone', key);
  assert.ok(fault instanceof ProtocolError);
  assert.deepEqual(fault.bytes, encodeMessage(key));
});

test('only an awaited answer is legal, and only while it is awaited', () => {
  assert.equal(
    faultAfter([...greeting, ['server', rsa]], 'phone', storeCertificateResponse(id, 1)),
    'command-out-of-order',
  );
  assert.equal(faultAfter([...greeting, ['server', rsa], ['phone', key]], 'phone', key), 'command-out-of-order');
  assert.equal(faultAfter([...greeting, ['server', rsa]], 'server', store), 'command-out-of-order');
  assert.equal(faultAfter([...greeting, ['server', store]], 'phone', requestInProgress(id)), 'command-out-of-order');
  assert.equal(faultAfter(greeting, 'phone', deleteCertificateRequest(id)), 'command-out-of-order');
});

test('either end may end a running session in any state, and nothing follows', () => {
  const running = (Object.keys(legalOrder) as StateName[]).filter((name) => name !== 'opening' && name !== 'ended');
  for (const name of running) {
    for (const [from, message] of [
      ['server', endSession(id, 7)],
      ['phone', bare('EndSession')],
      ['phone', bare('AbortRequest')],
      ['server', bare('RetryLater')],
    ] as const) {
      const next = step({ name, sessionId: id } as SessionState, from, message);
      assert.ok(!(next instanceof ProtocolError), `${message.command} in ${name}`);
      assert.deepEqual([next.state.name, next.turn], ['ended', 'nobody']);
      for (const command of commandNames) {
        for (const party of ['server', 'phone'] as const) {
          const after = step(next.state, party, bare(command));
          assert.ok(after instanceof ProtocolError && after.code === 'command-out-of-order');
        }
      }
    }
  }
});

test('every state is within reach of the first one, and each of them can come to an end', () => {
  const reached = new Set<StateName>(['opening']);
  for (const name of reached) {
    const { server, phone, turn } = legalOrder[name];
    for (const next of [...Object.values(server), ...Object.values(phone)]) reached.add(next);
    if (turn !== 'nobody') assert.ok(Object.keys(legalOrder[name][turn]).length > 0);
  }
  assert.deepEqual([...reached].sort(), Object.keys(legalOrder).sort());
});

test('a message lacks nothing that its command demands', () => {
  const reason = (value: number) => [{ tag: 1, value: Buffer.from([value]) }];
  const asked: readonly [Party, Message][] = [...greeting, ['server', rsa]];
  assert.equal(faultAfter([], 'server', bare('AuthRequest')), 'element-missing');
  assert.equal(faultAfter(greeting, 'server', bare('KeyGenerateRequest')), 'element-missing');
  assert.equal(
    faultAfter(greeting, 'server', createMessage('KeyGenerateRequest', id, { keyType: 1 })),
    'element-missing',
  );
  assert.equal(faultAfter(greeting, 'server', bare('StoreCertificateRequest')), 'element-missing');
  assert.equal(faultAfter(greeting, 'server', bare('EndSession')), 'element-missing');
  assert.equal(faultAfter(asked, 'phone', bare('KeyGenerateResponse')), 'element-missing');
  const fetching: readonly [Party, Message][] = [...greeting, ['server', fetchCertificateRequest(id)]];
  assert.equal(faultAfter(fetching, 'phone', bare('FetchCertificateResponse', reason(1))), 'element-missing');
  assert.equal(run([...fetching, ['phone', bare('FetchCertificateResponse', reason(7))]]).turn, 'server');
  assert.equal(
    faultAfter([...greeting, ['server', store]], 'phone', bare('StoreCertificateResponse')),
    'element-missing',
  );
});

test('the legal commands of a state can be told', () => {
  assert.deepEqual(legalCommands(opening, 'server'), ['AuthRequest']);
  assert.deepEqual(legalCommands(run([...greeting, ['server', rsa]]).state, 'phone'), [
    'RequestInProgress',
    'KeyGenerateResponse',
    'EndSession',
    'AbortRequest',
  ]);
});
