import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootFacts, decide } from './decision.js';
import type { PhoneConfiguration } from './phone-configuration.js';

const full: PhoneConfiguration = {
  fullConfig: true,
  capfAuthMode: 0,
  capfServers: [],
  certHash: '',
  encrConfig: false,
};
const partial: PhoneConfiguration = { ...full, fullConfig: false, encrConfig: true };
const phone: BootFacts = { ownHash: 'aa', authString: undefined, storedMode: undefined, overHttps: false };
const nullString = { by: 'nullString' } as const;
const string = { by: 'authenticationString', authString: '1234' } as const;

test('with nothing queued a phone uses what is whole and not encrypted, whatever its hash', () => {
  assert.deepEqual(decide(full, phone), { next: 'useConfiguration' });
});

test('a hash that differs, is empty or is missing sends the phone to CAPF, with the string that was entered or none', () => {
  const mismatch = { next: 'goToCapf', reason: 'publicKeyMismatch' } as const;
  for (const [certHash, ownHash] of [
    ['bb', 'aa'],
    ['', 'aa'],
    ['', undefined],
    ['aa', undefined],
  ] as const) {
    const told = { ...phone, ownHash };
    assert.deepEqual(decide({ ...partial, certHash }, told), { ...mismatch, credential: nullString });
    const entered = decide({ ...partial, certHash }, { ...told, authString: '1234' });
    assert.deepEqual(entered, { ...mismatch, credential: string });
  }
});

test('the hash that it has makes the phone fetch the encrypted file', () => {
  assert.deepEqual(decide({ ...partial, certHash: 'aa' }, phone), { next: 'fetchEncrypted' });
  assert.deepEqual(decide({ ...full, encrConfig: true, certHash: 'aa' }, phone), { next: 'fetchEncrypted' });
});

test('what came over HTTPS is used when it is whole, and its encrypted form is asked for when it is not', () => {
  const overHttps = { ...phone, overHttps: true };
  const whole = { ...full, encrConfig: true };
  assert.deepEqual(decide({ ...whole, certHash: 'aa' }, overHttps), { next: 'useConfiguration' });
  assert.equal(decide({ ...whole, certHash: 'bb' }, overHttps).next, 'goToCapf');
  assert.deepEqual(decide({ ...partial, certHash: 'aa' }, overHttps), { next: 'fetchEncrypted' });
});

test('each mode has its credential, and by string nothing starts on its own', () => {
  const manual = { next: 'goToCapf', reason: 'manualSession' } as const;
  const at = (capfAuthMode: number, facts: Partial<BootFacts> = {}) =>
    decide({ ...full, capfAuthMode }, { ...phone, ...facts });
  assert.deepEqual(at(1), { next: 'awaitString' });
  assert.deepEqual(at(1, { authString: '1234' }), { ...manual, credential: string });
  assert.deepEqual(at(2), { ...manual, credential: nullString });
  assert.deepEqual(at(3), { ...manual, credential: { by: 'existingCertificate', order: ['lsc', 'mic'] } });
  assert.deepEqual(at(4), { ...manual, credential: { by: 'existingCertificate', order: ['mic', 'lsc'] } });
});

test('the mode of a session that was cut off goes before the one of the file', () => {
  const decision = decide(full, { ...phone, storedMode: 2 });
  assert.deepEqual(decision, { next: 'goToCapf', reason: 'manualSession', credential: nullString });
});
