import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeMessage, type ProtocolErrorCode, StreamDecoder } from './index.js';
import { expectedSessions, type Meaning, meaningOf, recordedFrames, recordedSessions } from './vectors.test.support.js';

/** The wire document's own demand, by hand: which recorded message is at fault, and how the decoder says so. */
const faults: Readonly<Record<string, ProtocolErrorCode>> = {
  'malformed-wrong-protocol-id': 'protocol-id-wrong',
  'malformed-unknown-command': 'command-unknown',
  'malformed-element-runs-past-end': 'element-runs-past-end',
  'malformed-truncated-element-header': 'element-header-truncated',
  'malformed-reason-zero-length-last': 'element-length-wrong',
  'malformed-device-name-not-utf8': 'device-name-not-utf8',
  'malformed-device-name-no-nul': 'device-name-without-nul',
  'malformed-device-name-embedded-nul': 'device-name-embedded-nul',
  'malformed-device-name-empty': 'device-name-empty',
  'malformed-http-request': 'protocol-id-wrong',
  'malformed-three-bytes': 'stream-truncated',
  'certificate-element-one-byte': 'certificate-element-malformed',
  'certificate-sha2-element-too-short': 'sha2-signed-data-element-malformed',
  'certificate-sudi-empty-element': 'sudi-data-element-malformed',
};

/** The wire document once more, apart from the codec: command byte -> name and the elements that mean something in it. */
const commandsByByte: Readonly<Record<string, { readonly name: string; readonly tags: string }>> = {
  '01': { name: 'AuthRequest', tags: '07 08' },
  '02': { name: 'AuthResponse', tags: '01 04 06 07 0b 0d 10 14' },
  '03': { name: 'KeyGenerateRequest', tags: '0a 11 12' },
  '04': { name: 'KeyGenerateResponse', tags: '01 09' },
  '09': { name: 'StoreCertificateRequest', tags: '03 04' },
  '0a': { name: 'StoreCertificateResponse', tags: '01' },
  '0b': { name: 'FetchCertificateRequest', tags: '03' },
  '0c': { name: 'FetchCertificateResponse', tags: '01 04' },
  '0d': { name: 'DeleteCertificateRequest', tags: '' },
  '0e': { name: 'DeleteCertificateResponse', tags: '01' },
  '0f': { name: 'EndSession', tags: '01' },
  '11': { name: 'RequestInProgress', tags: '' },
};

const number = (hex: string): number => Number.parseInt(hex, 16);

function threeParts(hex: string): readonly { id: number; bytes: string }[] {
  if (hex === '') return [];
  const end = 6 + 2 * number(hex.slice(2, 6));
  return [{ id: number(hex.slice(0, 2)), bytes: hex.slice(6, end) }, ...threeParts(hex.slice(end))];
}

const elementsByTag: Readonly<Record<string, readonly [name: string, read: (hex: string) => unknown]>> = {
  '01': ['reason', number],
  '03': ['certificateType', number],
  '04': ['certificate', (hex) => ({ prefix: hex.slice(6, 10), der: hex.slice(10) })],
  '06': ['signedData', (hex) => hex],
  '07': ['version', number],
  '08': ['authType', number],
  '09': ['publicKey', (hex) => hex],
  '0a': ['keySize', number],
  '0b': ['password', (hex) => hex.slice(0, -2)],
  '0d': ['deviceName', (hex) => Buffer.from(hex.slice(0, -2), 'hex').toString('latin1')],
  '10': [
    'sudiData',
    (hex) => {
      const [certificate, sha1Signature, sha512Signature] = threeParts(hex);
      return { certificate, sha1Signature, sha512Signature };
    },
  ],
  '11': ['keyType', number],
  '12': ['curve', number],
  '14': ['sha2SignedData', (hex) => ({ digestId: number(hex.slice(0, 2)), signature: hex.slice(6) })],
};

function readIndependently(hex: string): Meaning {
  const command = commandsByByte[hex.slice(2, 4)];
  assert.ok(command, `no command ${hex.slice(2, 4)}`);
  const fields: Record<string, unknown> = {};
  for (let rest = hex.slice(16); rest !== ''; rest = rest.slice(6 + 2 * number(rest.slice(2, 6)))) {
    const tag = rest.slice(0, 2);
    const element = elementsByTag[tag];
    if (!element || !command.tags.split(' ').includes(tag)) continue;
    const [name, read] = element;
    fields[name] = read(rest.slice(6, 6 + 2 * number(rest.slice(2, 6))));
  }
  return { command: command.name, sessionId: number(hex.slice(4, 12)), fields };
}

test('the meanings cover every recorded message', () => {
  assert.deepEqual(
    expectedSessions.map(({ name, messages }) => ({ name, from: messages.map(({ from }) => from) })),
    recordedSessions.map(({ name, messages }) => ({ name, from: messages.map(({ from }) => from) })),
  );
});

test('exactly the faults that the wire document names are expected', () => {
  const expected = expectedSessions.flatMap(({ name, messages }) =>
    messages.flatMap(({ error }) => (error === undefined ? [] : [[name, error]])),
  );
  assert.deepEqual(Object.fromEntries(expected), faults);
  assert.equal(expected.length, Object.keys(faults).length);
});

test('an independent reading of every faultless message gives the same meaning', () => {
  for (const { name, messages } of expectedSessions) {
    for (const [index, { meaning }] of messages.entries()) {
      const hex = recordedSessions.find((session) => session.name === name)?.messages[index]?.hex ?? '';
      if (meaning !== undefined) assert.deepEqual(meaning, readIndependently(hex), `${name}, message ${index}`);
    }
  }
});

describe('each recorded message', () => {
  for (const { session, index, from, frame } of recordedFrames) {
    const expected = expectedSessions.find(({ name }) => name === session)?.messages[index];
    test(`${session}, message ${index} from the ${from}: ${expected?.error ?? expected?.meaning?.command}`, () => {
      assert.ok(expected);
      const decoder = new StreamDecoder();
      const { messages, error } = decoder.push(frame);
      const fault = error ?? decoder.end();
      assert.equal(fault?.code, expected.error);
      assert.deepEqual(messages.map(meaningOf), expected.meaning === undefined ? [] : [expected.meaning]);
      for (const message of messages) assert.deepEqual(encodeMessage(message), frame);
    });
  }
});
