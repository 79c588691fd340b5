import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PhoneError } from '../errors.js';
import { errandsOf, readMix } from './mix.js';

describe('the mix of a load', () => {
  it('gives each errand its share, in every stretch', () => {
    const errands = errandsOf(readMix('install=80,troubleshoot=10,keysync=10'), 1_000);
    for (let start = 0; start < 1_000; start += 10) {
      const counts = { install: 0, troubleshoot: 0, keysync: 0, delete: 0 };
      for (const errand of errands.slice(start, start + 10)) counts[errand] += 1;
      assert.deepEqual(counts, { install: 8, troubleshoot: 1, keysync: 1, delete: 0 });
    }
  });

  it('leaves out what has no weight, and needs no hundred', () => {
    assert.deepEqual(errandsOf(readMix('install=0, delete=1'), 3), ['delete', 'delete', 'delete']);
  });

  for (const text of [
    '',
    'install',
    'install=',
    'install=-1',
    'enrol=1',
    'install=1,install=2',
    'install=0',
    'install=1,',
  ]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => readMix(text), isInvalid);
    });
  }
});

function isInvalid(fault: unknown): boolean {
  return fault instanceof PhoneError && fault.code === 'load-mix-invalid';
}
