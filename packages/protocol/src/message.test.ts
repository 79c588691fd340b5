import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CommandName,
  commandName,
  commands,
  type Element,
  elementName,
  elementTags,
  encodeFrame,
  encodeMessage,
  joinElements,
  type MessageOf,
  reasonName,
  StreamDecoder,
} from './index.js';

function decode<C extends CommandName>(command: C, elements: readonly Element[]): MessageOf<C> {
  const { messages, error } = new StreamDecoder().push(encodeFrame(commands[command].code, 1, joinElements(elements)));
  assert.equal(error, undefined);
  const [message] = messages;
  assert.equal(message?.command, command);
  return message as MessageOf<C>;
}

function faultOf(command: CommandName, tag: number, value: readonly number[]): string | undefined {
  const payload = joinElements([{ tag, value: Uint8Array.from(value) }]);
  return new StreamDecoder().push(encodeFrame(commands[command].code, 1, payload)).error?.code;
}

const text = (value: string): Buffer => Buffer.from(value, 'utf8');

test('a fault in an introduction names the device that it is from, as far as that can be read', () => {
  const name = { tag: elementTags.DEVICE_NAME, value: text('SEP000000000001\0') };
  const bad = { tag: elementTags.VERSION, value: Buffer.from([3, 3]) };
  const cut = Buffer.from([elementTags.CERTIFICATE, 0xff, 0xff, 1]);
  const named = (command: CommandName, payload: Uint8Array): string | undefined => {
    const { error } = new StreamDecoder().push(encodeFrame(commands[command].code, 1, payload));
    assert.ok(error);
    return error.deviceName;
  };
  assert.equal(named('AuthResponse', joinElements([name, bad])), 'SEP000000000001');
  assert.equal(named('AuthResponse', joinElements([bad, name])), 'SEP000000000001');
  assert.equal(named('AuthResponse', Buffer.concat([joinElements([name]), cut])), 'SEP000000000001');
  assert.equal(named('AuthResponse', Buffer.concat([cut, joinElements([name])])), undefined);
  assert.equal(named('AuthResponse', joinElements([{ ...name, value: Buffer.from([0xc0, 0]) }, bad])), undefined);
  assert.equal(
    named('StoreCertificateResponse', joinElements([name, { tag: elementTags.REASON, value: Buffer.of() }])),
    undefined,
  );
});

test('the last of repeated elements counts, and all of them are sent again', () => {
  const elements = [
    { tag: elementTags.DEVICE_NAME, value: text('SEP000000000001\0') },
    { tag: elementTags.VERSION, value: Buffer.from([3]) },
    { tag: elementTags.DEVICE_NAME, value: text('SEP000000000002\0') },
  ];
  const message = decode('AuthResponse', elements);
  assert.equal(message.deviceName, 'SEP000000000002');
  assert.deepEqual(message.elements, elements);
  assert.deepEqual(encodeMessage(message).subarray(8), joinElements(elements));
});

test('unknown elements, and known ones of another command, are kept and not looked into', () => {
  const elements = [99, 0, 255, 14, 15, elementTags.AUTH_TYPE, elementTags.DIGEST_TYPE, elementTags.KEY_SIZE].map(
    (tag) => ({ tag, value: Buffer.from('anything') }),
  );
  const message = decode('AuthResponse', elements);
  assert.deepEqual(message.elements, elements);
  assert.deepEqual(Object.keys(message), ['command', 'sessionId']);
});

test('elements have the names of the wire document', () => {
  assert.equal(elementName(2), 'REASON_INFO');
  assert.equal(elementName(5), 'CERTIFICATE_ID');
  assert.equal(elementName(19), 'DIGEST_TYPE');
  assert.equal(elementName(14), undefined);
  assert.equal(elementName(99), undefined);
});

test('a message cannot be changed, and a copy with another field is no message', () => {
  const message = decode('EndSession', [{ tag: elementTags.REASON, value: Buffer.from([7]) }]);
  assert.throws(() => Object.assign(message, { reason: 1 }), TypeError);
  // @ts-expect-error: the copy has lost the bytes
  assert.throws(() => encodeMessage({ ...message, reason: 1 }));
});

test('a message in a log shows no password', () => {
  const message = decode('AuthResponse', [
    { tag: elementTags.PASSWORD, value: text('123456\0') },
    { tag: 99, value: Buffer.alloc(2) },
  ]);
  assert.equal(JSON.stringify(message), '{"command":"AuthResponse","sessionId":1,"elements":[["PASSWORD",7],[99,2]]}');
});

test('commands have the codes of the wire document, 1 to 23', () => {
  const inOrder = [
    ...['AuthRequest', 'AuthResponse', 'KeyGenerateRequest', 'KeyGenerateResponse'],
    ...['EncryptResponse', 'EncryptRequest', 'DecryptRequest', 'DecryptResponse'],
    ...['StoreCertificateRequest', 'StoreCertificateResponse', 'FetchCertificateRequest', 'FetchCertificateResponse'],
    ...['DeleteCertificateRequest', 'DeleteCertificateResponse', 'EndSession', 'RetryLater', 'RequestInProgress'],
    ...['StatusRequest', 'StatusResponse', 'AbortRequest', 'AbortResponse'],
    ...['SignCertificateRequest', 'SignCertificateResponse'],
  ];
  assert.deepEqual([...Array(25).keys()].map(commandName), [undefined, ...inOrder, undefined]);
});

test('reasons have the names of the wire document', () => {
  assert.deepEqual([0, 1, 7, 9, 2].map(reasonName), [
    'NO_ACTION',
    'UPDATE_CERTIFICATE',
    'INVALID_ELEMENT',
    'UNKNOWN_DEVICE',
    undefined,
  ]);
});

test('any number is a reason, a version, a key type or a curve', () => {
  const value = Buffer.from([200]);
  assert.equal(decode('EndSession', [{ tag: elementTags.REASON, value }]).reason, 200);
  assert.equal(decode('AuthResponse', [{ tag: elementTags.VERSION, value }]).version, 200);
  assert.equal(decode('KeyGenerateRequest', [{ tag: elementTags.KEY_TYPE, value }]).keyType, 200);
  assert.equal(decode('KeyGenerateRequest', [{ tag: elementTags.CURVE, value }]).curve, 200);
});

test('an element of a fixed size has that size', () => {
  const oneByte: readonly [CommandName, number][] = [
    ['EndSession', elementTags.REASON],
    ['StoreCertificateRequest', elementTags.CERTIFICATE_TYPE],
    ['AuthResponse', elementTags.VERSION],
    ['AuthRequest', elementTags.AUTH_TYPE],
    ['KeyGenerateRequest', elementTags.KEY_TYPE],
    ['KeyGenerateRequest', elementTags.CURVE],
  ];
  for (const [command, tag] of oneByte) {
    assert.equal(faultOf(command, tag, []), 'element-length-wrong');
    assert.equal(faultOf(command, tag, [1]), undefined);
    assert.equal(faultOf(command, tag, [0, 1]), 'element-length-wrong');
  }
  for (const value of [[], [8], [0, 8, 0]]) {
    assert.equal(faultOf('KeyGenerateRequest', elementTags.KEY_SIZE, value), 'element-length-wrong');
  }
});

test('a password is bytes without the NUL, whatever they are', () => {
  const passwordOf = (value: Buffer) => decode('AuthResponse', [{ tag: elementTags.PASSWORD, value }]).password;
  assert.deepEqual(passwordOf(text('123456\0')), text('123456'));
  assert.deepEqual(passwordOf(Buffer.from([0])), Buffer.alloc(0));
  assert.deepEqual(passwordOf(Buffer.alloc(0)), Buffer.alloc(0));
  assert.deepEqual(passwordOf(Buffer.from([0xff, 0xfe])), Buffer.from([0xff, 0xfe]));
  assert.deepEqual(passwordOf(text('12\x0034\0')), text('12\x0034'));
});

test('a device name may hold any UTF-8', () => {
  const nameOf = (name: string) =>
    decode('AuthResponse', [{ tag: elementTags.DEVICE_NAME, value: text(`${name}\0`) }]).deviceName;
  assert.equal(nameOf('CSFjürgen'), 'CSFjürgen');
  assert.equal(nameOf('\ufeffSEP'), '\ufeffSEP');
  assert.equal(faultOf('AuthResponse', elementTags.DEVICE_NAME, [0]), 'device-name-empty');
});

test('a certificate package keeps any two bytes before the certificate', () => {
  const packageOf = (hex: string) =>
    decode('StoreCertificateRequest', [{ tag: elementTags.CERTIFICATE, value: Buffer.from(hex, 'hex') }]).certificate;
  assert.deepEqual(packageOf('010004abcd3000'), {
    prefix: Buffer.from('abcd', 'hex'),
    der: Buffer.from('3000', 'hex'),
  });
  assert.deepEqual(packageOf('0100020001'), { prefix: Buffer.from('0001', 'hex'), der: Buffer.alloc(0) });
  assert.deepEqual(packageOf('01000400013000ffff')?.der, Buffer.from('3000', 'hex'));
});

test('a certificate package whose inner element is wrong is a fault', () => {
  for (const hex of ['', '01', '01000200', '0200020001', '0100010001', '01000500013000']) {
    const bytes = [...Buffer.from(hex, 'hex')];
    assert.equal(faultOf('AuthResponse', elementTags.CERTIFICATE, bytes), 'certificate-element-malformed', hex);
  }
});

test('SHA-2 signature and SUDI proof fill their elements exactly', () => {
  const sha2 = (hex: string) => faultOf('AuthResponse', elementTags.SHA2_SIGNED_DATA, [...Buffer.from(hex, 'hex')]);
  assert.equal(sha2('030002aabb'), undefined);
  assert.equal(sha2('030000'), undefined);
  for (const hex of ['', '0300', '030002aa', '030001aabb'])
    assert.equal(sha2(hex), 'sha2-signed-data-element-malformed');

  const sudi = (hex: string) => faultOf('AuthResponse', elementTags.SUDI_DATA, [...Buffer.from(hex, 'hex')]);
  assert.equal(sudi('000001300100022222030000'), undefined);
  for (const hex of ['', '00', '000000', '000000010000', '000000010000030001', '00000001000003000000']) {
    assert.equal(sudi(hex), 'sudi-data-element-malformed');
  }
});
