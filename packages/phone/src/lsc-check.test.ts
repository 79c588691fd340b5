import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@opencapf/pki';
import { createMessage, storeCertificateRequest } from '@opencapf/protocol';
import { PhoneError } from './errors.js';
import { checkLsc, type LscCheck } from './lsc-check.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';

const [capf, other] = await Promise.all([capfIdentity(), capfIdentity()]);
const key = await generateKeyPair({ kind: 'ec', size: 256 });
const now = Date.now();
const name = 'SEP001122334455';
const der = await issueLsc(capf.issuer, name, key);
const check: LscCheck = { keys: [key], trust: capf.trust, now };

function codeOf(result: unknown): string | undefined {
  return result instanceof PhoneError ? result.code : undefined;
}

test('an LSC for the own key by a trusted issuer passes', () => {
  const result = checkLsc(storeCertificateRequest(1, der), check);
  assert.ok(!(result instanceof PhoneError));
  assert.deepEqual(Buffer.from(result.certificate), Buffer.from(der));
  assert.equal(result.key, key);
});

test('a certificate may be for any of its keys, and is held with that one', async () => {
  const earlier = await generateKeyPair({ kind: 'ec', size: 256 });
  const result = checkLsc(storeCertificateRequest(1, der), { ...check, keys: [earlier, key] });
  assert.ok(!(result instanceof PhoneError));
  assert.equal(result.key, key);
});

test('an issuer further back in the list of the trusted is as good', () => {
  const result = checkLsc(storeCertificateRequest(1, der), { ...check, trust: [other.trust[0], capf.trust[0]] });
  assert.ok(!(result instanceof PhoneError));
});

const store = storeCertificateRequest(1, der);
const hour = 3_600_000;
const refusals = {
  'lsc-type-unexpected': checkLsc(
    createMessage('StoreCertificateRequest', 1, { certificateType: 2, certificate: { der } }),
    check,
  ),
  'lsc-unreadable': checkLsc(storeCertificateRequest(1, der.subarray(1)), check),
  'lsc-without-key': checkLsc(store, { ...check, keys: [] }),
  'lsc-key-mismatch': checkLsc(store, { ...check, keys: [await generateKeyPair({ kind: 'ec', size: 256 })] }),
  'lsc-outside-validity': checkLsc(store, { ...check, now: now - hour }),
  'lsc-issuer-mismatch': checkLsc(store, { ...check, trust: other.trust }),
} as const;
for (const [code, result] of Object.entries(refusals)) {
  test(`refused: ${code}`, () => assert.equal(codeOf(result), code));
}

test('an expired LSC is refused', () => {
  assert.equal(codeOf(checkLsc(store, { ...check, now: now + 48 * hour })), 'lsc-outside-validity');
});

test('a phone that was not told whom to trust looks at its key alone', () => {
  const result = checkLsc(store, { keys: [key], trust: undefined, now: now + 48 * hour });
  assert.ok(!(result instanceof PhoneError));
});
