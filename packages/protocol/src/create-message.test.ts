import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  authRequest,
  authResponse,
  type Complete,
  Curve,
  createMessage,
  deleteCertificateRequest,
  deleteCertificateResponse,
  encodeFrame,
  encodeMessage,
  endSession,
  fetchCertificateRequest,
  fetchCertificateResponse,
  joinElements,
  keyGenerateRequest,
  keyGenerateResponse,
  type Message,
  ProtocolError,
  type ProtocolErrorCode,
  requestInProgress,
  StreamDecoder,
  storeCertificateRequest,
  storeCertificateResponse,
} from './index.js';
import { recordedSessions } from './vectors.test.support.js';

/** The message again, made from nothing but its typed fields by the constructors that server and phone use. */
function remade(message: Complete): Message {
  const { sessionId } = message;
  switch (message.command) {
    case 'AuthRequest':
      return authRequest(sessionId);
    case 'AuthResponse': {
      const { deviceName, reason, certificate, signedData, sha2SignedData, sudiData } = message;
      const proof =
        certificate && signedData && sha2SignedData
          ? { certificate: certificate.der, signedData, sha2SignedData, sudiData }
          : undefined;
      return authResponse(sessionId, {
        version: 3,
        deviceName,
        reason,
        password: message.password?.toString(),
        proof,
      });
    }
    case 'KeyGenerateRequest': {
      const { keySize: size, curve } = message;
      const key = size === undefined ? { type: 'ec' as const, curve: curve as Curve } : { type: 'rsa' as const, size };
      return keyGenerateRequest(sessionId, { version: 3, key });
    }
    case 'RequestInProgress':
      return requestInProgress(sessionId);
    case 'KeyGenerateResponse':
      return keyGenerateResponse(sessionId, { publicKey: message.publicKey ?? Buffer.alloc(0) });
    case 'StoreCertificateRequest':
      return storeCertificateRequest(sessionId, message.certificate.der);
    case 'StoreCertificateResponse':
      return storeCertificateResponse(sessionId, message.reason);
    case 'FetchCertificateRequest':
      return fetchCertificateRequest(sessionId);
    case 'FetchCertificateResponse':
      return fetchCertificateResponse(sessionId, message.certificate?.der);
    case 'DeleteCertificateRequest':
      return deleteCertificateRequest(sessionId);
    case 'DeleteCertificateResponse':
      return deleteCertificateResponse(sessionId, message.reason);
    case 'EndSession':
      return endSession(sessionId, message.reason ?? 0);
    default:
      assert.fail(`${message.command} was never recorded`);
  }
}

function decodeOne(frame: Uint8Array): Message {
  const { messages, error } = new StreamDecoder().push(frame);
  assert.equal(error, undefined);
  const [message] = messages;
  assert.ok(message);
  return message;
}

function codeOf(action: () => unknown): ProtocolErrorCode {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return error.code;
  }
  assert.fail('nothing was thrown');
}

test('constructors make the very bytes that capfc and capfd exchange', () => {
  const between = recordedSessions.filter(({ name }) => /^(install|fetch|delete|no-operation|unknown)-?/.test(name));
  let compared = 0;
  for (const { name, messages } of between.filter(({ name }) => name !== 'fetch-foreign-certificate-accepted')) {
    for (const { hex } of messages) {
      assert.equal(encodeMessage(remade(decodeOne(Buffer.from(hex, 'hex')) as Complete)).toString('hex'), hex, name);
      compared++;
    }
  }
  assert.ok(compared > 150, `${compared} compared`);
});

test('a version-2 client is sent the key size alone, and sends neither password nor proof', () => {
  const request = keyGenerateRequest(0x0a0b0de1, { version: 2, key: { type: 'rsa', size: 2048 } });
  assert.equal(encodeMessage(request).toString('hex'), '55030a0b0de100050a00020800');
  const response = authResponse(1, { version: 2, deviceName: 'CSFuser' });
  assert.deepEqual(
    response.elements.map(({ tag }) => tag),
    [1, 7, 13],
  );
});

test('an EC key is asked for by type and curve', () => {
  const request = keyGenerateRequest(1, { version: 3, key: { type: 'ec', curve: Curve.secp384r1 } });
  assert.equal(request.payload.toString('hex'), '1100010112000101');
});

test('AUTH_REQUEST can be made in the form of a CUCM', () => {
  const request = createMessage('AuthRequest', 0x12345678, { version: 3 });
  assert.equal(encodeMessage(request).toString('hex'), '5501123456780004' + '07000103');
});

test('a certificate is sent with the bytes 00 01, whatever it came with', () => {
  const received = { prefix: Buffer.from([9, 9]), der: Buffer.from('3000', 'hex') };
  const message = createMessage('FetchCertificateResponse', 1, { reason: 1, certificate: received });
  assert.equal(message.payload.toString('hex'), '01000101' + '040007' + '0100040001' + '3000');
});

test('what the wire cannot carry is refused, never sent otherwise', () => {
  const outOfRange: (() => unknown)[] = [
    () => endSession(-1, 0),
    () => endSession(2 ** 32, 0),
    () => endSession(1.5, 0),
    () => endSession(1, 256),
    () => endSession(1, Number.NaN),
    () => keyGenerateRequest(1, { version: 3, key: { type: 'rsa', size: 65536 } }),
    () => authResponse(1, { version: 3, deviceName: '' }),
    () => authResponse(1, { version: 3, deviceName: 'SEP\0X' }),
    () => authResponse(1, { version: 3, deviceName: 'SEP\ud800' }),
    () => authResponse(1, { version: 3, deviceName: 'SEP', password: '1\x002' }),
    () => encodeFrame(256, 1, Buffer.alloc(0)),
    () => joinElements([{ tag: 256, value: Buffer.alloc(0) }]),
  ];
  for (const action of outOfRange) assert.equal(codeOf(action), 'wire-value-out-of-range', action.toString());

  const tooLarge: (() => unknown)[] = [
    () => storeCertificateRequest(1, Buffer.alloc(65535 - 4 - 3 - 5 + 1)),
    () => storeCertificateRequest(1, Buffer.alloc(70_000)),
    () => keyGenerateResponse(1, { publicKey: Buffer.alloc(65533) }),
    () => keyGenerateResponse(1, { publicKey: Buffer.alloc(70_000) }),
    () => encodeFrame(1, 1, Buffer.alloc(65536)),
    () => authResponse(1, { version: 3, deviceName: 'S'.repeat(66_000) }),
  ];
  for (const action of tooLarge) assert.equal(codeOf(action), 'wire-message-too-large', action.toString());

  assert.equal(keyGenerateResponse(1, { publicKey: Buffer.alloc(65532) }).payload.length, 65535);
  assert.equal(storeCertificateRequest(1, Buffer.alloc(65535 - 4 - 3 - 5)).payload.length, 65535);
});

const bytes = fc.uint8Array({ maxLength: 600 });
const byte = fc.integer({ min: 0, max: 255 });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !text.includes('\0'));
const sudiPart = fc.record({ id: byte, bytes });
const sessionId = fc.integer({ min: 0, max: 0xffff_ffff });

const anyMessage: fc.Arbitrary<Message> = sessionId.chain((id) =>
  fc.oneof(
    fc
      .record({ version: byte, authType: fc.option(byte, { nil: undefined }) })
      .map((f) => createMessage('AuthRequest', id, f)),
    fc
      .record(
        {
          version: byte,
          deviceName: name,
          reason: byte,
          password: fc.string({ maxLength: 16 }).filter((text) => !text.includes('\0')),
          certificate: fc.record({ der: bytes }),
          signedData: bytes,
          sha2SignedData: fc.record({ digestId: byte, signature: bytes }),
          sudiData: fc.record({ certificate: sudiPart, sha1Signature: sudiPart, sha512Signature: sudiPart }),
        },
        { requiredKeys: ['version', 'deviceName'] },
      )
      .map((f) => createMessage('AuthResponse', id, f)),
    fc
      .record({ keySize: fc.integer({ min: 0, max: 65535 }), keyType: byte, curve: byte }, { requiredKeys: [] })
      .map((f) => createMessage('KeyGenerateRequest', id, f)),
    fc
      .record({ publicKey: bytes, reason: byte }, { requiredKeys: [] })
      .map((f) => createMessage('KeyGenerateResponse', id, f)),
    fc
      .record({ certificateType: byte, certificate: fc.record({ der: bytes }) })
      .map((f) => createMessage('StoreCertificateRequest', id, f)),
    fc.record({ reason: byte, retryDelay: bytes }, { requiredKeys: [] }).map((f) => createMessage('RetryLater', id, f)),
    fc.record({ digestType: byte, signedData: bytes }).map((f) => createMessage('SignCertificateRequest', id, f)),
    fc
      .record({ reason: byte, signedData: bytes }, { requiredKeys: [] })
      .map((f) => createMessage('SignCertificateResponse', id, f)),
  ),
);

test('every message that can be made comes back as it was made', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const frame = encodeMessage(message);
      const decoded = decodeOne(frame);
      assert.deepEqual(decoded, message);
      assert.deepEqual(encodeMessage(decoded), frame);
    }),
    { numRuns: 500 },
  );
});
