import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPem } from '@opencapf/pki';
import { readCapfTrust } from './capf-trust.js';
import { capfIdentity } from './testing/certificates.js';

const [one, two] = await Promise.all([capfIdentity(), capfIdentity()]);
const [first, second] = [one.trust[0].der, two.trust[0].der];

test('one certificate as DER, one or several as PEM, in their order', () => {
  const pem = Buffer.from(`a note\n${toPem('CERTIFICATE', first)}${toPem('CERTIFICATE', second)}`);
  assert.deepEqual(
    readCapfTrust(first).map(({ der }) => der),
    [first],
  );
  assert.deepEqual(
    readCapfTrust(pem).map(({ der }) => der),
    [first, second],
  );
});

const unusable = {
  'an empty file': Buffer.alloc(0),
  'a text': Buffer.from('hello'),
  'a key': Buffer.from('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
  'a certificate cut short': first.subarray(0, 300),
};
for (const [what, content] of Object.entries(unusable)) {
  test(`${what} is refused`, () => {
    assert.throws(() => readCapfTrust(content), { code: 'capf-certificate-unusable' });
  });
}
