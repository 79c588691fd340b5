import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMismatch, mismatches } from './expectation.js';

const came = { state: 'failed', code: null, count: 3, shown: [{ type: 'lsc' }], inner: { a: 1, b: 2 } };

const met: readonly unknown[] = [
  {},
  undefined,
  { state: 'failed' },
  { state: '/^fail/' },
  { state: '/^FAIL/i' },
  { code: null, missing: null },
  { count: 3 },
  { count: '/^3$/' },
  { shown: [{ type: 'lsc' }] },
  { inner: { b: 2 } },
];
for (const expected of met) {
  test(`${JSON.stringify(expected)} is met`, () => assert.deepEqual(mismatches(expected, came), []));
}

const unmet: readonly (readonly [unknown, string])[] = [
  [{ state: 'successful' }, 'state: expected successful, came failed'],
  [{ state: null }, 'state: expected nothing, came failed'],
  [{ state: '/^ok/' }, 'state: expected /^ok/, came failed'],
  [{ code: '/./' }, 'code: expected /./, came nothing'],
  [{ count: '3' }, 'count: expected 3, came 3'],
  [{ shown: [] }, 'shown: expected [], came [{"type":"lsc"}]'],
  [{ shown: [{ type: 'mic' }] }, 'shown[0].type: expected mic, came lsc'],
  [{ inner: { b: 3 } }, 'inner.b: expected 3, came 2'],
  [{ inner: { b: { c: 1 } } }, 'inner.b: expected {"c":1}, came 2'],
  ['x', 'expected x, came {"state":"failed","code":null,"count":3,"shown":[{"type":"lsc"}],"inner":{"a":1,"b":2}}'],
];
for (const [expected, words] of unmet) {
  test(`${JSON.stringify(expected)} is not met, and it says why`, () => {
    assert.deepEqual(mismatches(expected, came).map(describeMismatch), [words]);
  });
}
