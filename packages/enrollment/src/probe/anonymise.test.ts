import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { certificationRequestInfo, readCertificate } from '@opencapf/pki';
import {
  encodeFrame,
  encodeMessage,
  fetchCertificateResponse,
  signCertificateRequest,
  signCertificateResponse,
} from '@opencapf/protocol';
import { certify, makeCa } from '../testing/held-certificates.js';
import { Anonymiser } from './anonymise.js';

const name = 'SEP001122AABBCC';
const anonymiser = new Anonymiser(Buffer.alloc(32, 1), name);

/** Fails when any run of so many bytes of a secret stands in the hex. */
function holdsNothingOf(hex: string, secret: Uint8Array, length = 6): void {
  const bytes = Buffer.from(secret);
  for (let at = 0; at + length <= bytes.length; at += 1) {
    const run = bytes.subarray(at, at + length).toString('hex');
    const place = hex.indexOf(run);
    assert.ok(place < 0 || place % 2 === 1, `${run} stands in it`);
  }
}

/** Tags and lengths of a DER, without what is in primitives. */
function shapeOf(bytes: Buffer): string {
  let shape = '';
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes.readUInt8(offset);
    const first = bytes.readUInt8(offset + 1);
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const length = octets === 0 ? first : bytes.readUIntBE(offset + 2, octets);
    const start = offset + 2 + octets;
    const content = bytes.subarray(start, start + length);
    shape += `${tag}:${length}${(tag & 0x20) === 0 ? '' : `(${shapeOf(content)})`} `;
    offset = start + length;
  }
  return shape;
}

test('a certificate keeps its shape, and nothing that tells whose it is', async () => {
  const { certificate } = await certify(await makeCa(), `CP-8841-${name}`);
  const read = readCertificate(certificate);
  const plain = encodeMessage(fetchCertificateResponse(7, certificate));
  const { hex, replaced } = anonymiser.message(plain);
  const bytes = Buffer.from(hex, 'hex');
  assert.equal(bytes.length, plain.length);
  const start = plain.indexOf(Buffer.from(certificate));
  assert.deepEqual(bytes.subarray(0, start), plain.subarray(0, start));
  assert.equal(shapeOf(bytes.subarray(start)), shapeOf(Buffer.from(certificate)));
  for (const secret of [name, name.slice(3), `CP-8841-${name}`]) assert.ok(!bytes.includes(secret), secret);
  assert.ok(!hex.includes('001122aabbcc'));
  assert.ok(!hex.includes(read.serial.toLowerCase()));
  holdsNothingOf(hex, read.spki.subarray(-60));
  holdsNothingOf(hex, certificate.subarray(-60));
  assert.ok(replaced.length > 5);
});

test('a request and its signature are told apart by length alone', () => {
  for (const [kind, pair] of [
    ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ec', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ] as const) {
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
    const info = certificationRequestInfo({ deviceName: name, spki });
    const signature = sign('sha256', info, pair.privateKey);
    const request = anonymiser.message(encodeMessage(signCertificateRequest(1, info)));
    const answer = anonymiser.message(encodeMessage(signCertificateResponse(1, { signature })));
    assert.ok(!Buffer.from(request.hex, 'hex').includes(name), kind);
    holdsNothingOf(request.hex, spki.subarray(-60));
    holdsNothingOf(answer.hex, signature);
    assert.equal(answer.hex.length / 2, 8 + 3 + signature.length);
  }
});

test('the same bytes have the same placeholder in one probe, and another in the next', () => {
  const message = encodeMessage(signCertificateResponse(1, { signature: Buffer.alloc(64, 5) }));
  assert.deepEqual(anonymiser.message(message), anonymiser.message(message));
  assert.notDeepEqual(new Anonymiser(Buffer.alloc(32, 2), name).message(message), anonymiser.message(message));
});

test('what does not decode is replaced behind its header, and names are found in any spelling', () => {
  const cut = Buffer.concat([encodeFrame(23, 1, Buffer.from([6, 0xff, 0xff])), Buffer.from(`xx${name.toLowerCase()}`)]);
  const { hex, replaced } = anonymiser.message(cut);
  assert.deepEqual(replaced[0], [8, cut.length - 8]);
  assert.equal(hex.slice(0, 16), cut.subarray(0, 8).toString('hex'));
  assert.equal(hex.length, 2 * cut.length);
  assert.ok(!Buffer.from(hex, 'hex').includes('001122aabbcc'));
  assert.deepEqual(anonymiser.message(Buffer.from([0x55, 1])), { hex: '5501', replaced: [] });
});

test('numbers and structure stay', () => {
  const plain = encodeFrame(23, 1, Buffer.from('01000107', 'hex'));
  assert.deepEqual(anonymiser.message(plain), { hex: plain.toString('hex'), replaced: [] });
});
