import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  certificateSignature,
  encodeFrame,
  encodeMessage,
  type Message,
  opening,
  ProtocolError,
  type SessionState,
  type SignCertificateRequest,
  type SignCertificateResponse,
  StreamDecoder,
  signCertificateRequest,
  signCertificateResponse,
  step,
} from './index.js';
import { type ExpectedSession, meaningOf } from './vectors.test.support.js';

/** A session of the set that no recording stands behind. */
interface ProvisionalSession {
  readonly name: string;
  /** DER SubjectPublicKeyInfo, hex, where the session has a signature to check with it. */
  readonly publicKey?: string;
  readonly messages: readonly (ExpectedSession['messages'][number] & { readonly hex: string })[];
}

const file = new URL('../conformance/provisional.json', import.meta.url);
const { sessions } = JSON.parse(readFileSync(file, 'utf8')) as { sessions: readonly ProvisionalSession[] };

function decode(hex: string): Message {
  const { messages, error } = new StreamDecoder().push(Buffer.from(hex, 'hex'));
  assert.equal(error, undefined);
  assert.ok(messages[0]);
  return messages[0];
}

function find<C extends Message['command']>(session: ProvisionalSession, command: C): Message & { command: C } {
  const found = session.messages.map(({ hex }) => decode(hex)).find((message) => message.command === command);
  assert.ok(found, `${command} in ${session.name}`);
  return found as Message & { command: C };
}

describe('each provisional session', () => {
  for (const session of sessions) {
    test(`${session.name}: means what the set says, is legal, and goes out as it came`, () => {
      let state: SessionState = opening;
      for (const { from, hex, meaning } of session.messages) {
        const message = decode(hex);
        assert.deepEqual(meaningOf(message), meaning);
        assert.equal(encodeMessage(message).toString('hex'), hex);
        const next = step(state, from, message);
        if (next instanceof ProtocolError) assert.fail(next.message);
        state = next.state;
      }
    });
  }

  for (const session of sessions.filter(({ publicKey }) => publicKey !== undefined)) {
    test(`${session.name}: the signature is one that a PKCS#10 request takes`, () => {
      const { signedData: data } = find(session, 'SignCertificateRequest') as SignCertificateRequest;
      const { signedData: signature } = find(session, 'SignCertificateResponse') as SignCertificateResponse;
      assert.ok(data && signature);
      const key = createPublicKey({
        key: Buffer.from(session.publicKey ?? '', 'hex'),
        format: 'der',
        type: 'spki',
      });
      assert.ok(verify('sha256', data, key, signature));
    });
  }
});

test('constructors make the very bytes of the set', () => {
  let compared = 0;
  for (const { hex } of sessions.flatMap(({ messages }) => messages)) {
    const message = decode(hex);
    if (message.command === 'SignCertificateRequest' && message.signedData !== undefined) {
      assert.equal(encodeMessage(signCertificateRequest(message.sessionId, message.signedData)).toString('hex'), hex);
      compared++;
    } else if (message.command === 'SignCertificateResponse') {
      const { sessionId, signedData, reason = 0 } = message;
      const answer = signedData === undefined ? { reason } : { signature: signedData };
      assert.equal(encodeMessage(signCertificateResponse(sessionId, answer)).toString('hex'), hex);
      compared++;
    }
  }
  assert.equal(compared, 6);
});

test('a signature counts unless the phone says with it that something failed', () => {
  const answer = (payload: string) => {
    const message = decode(encodeFrame(23, 1, Buffer.from(payload, 'hex')).toString('hex'));
    return certificateSignature(message as Parameters<typeof certificateSignature>[0]).kind;
  };
  assert.equal(answer('060002abcd'), 'signed');
  assert.equal(answer('01000101060002abcd'), 'signed');
  assert.equal(answer('01000100060002abcd'), 'signed');
  assert.equal(answer('01000107060002abcd'), 'refused');
  assert.equal(answer('01000107'), 'refused');
  assert.equal(answer('060000'), 'refused');
  assert.equal(answer(''), 'refused');
});
