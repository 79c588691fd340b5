import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainWords, readRetryAfter, statusFailure } from './index.js';

const now = new Date('2026-11-20T18:00:00Z');

describe('an HTTP status', () => {
  it('says what is to be done where it means the same in every protocol', () => {
    const failure = (status: number, headers = {}) =>
      statusFailure({ status, headers, body: Buffer.alloc(0) }, 'ca:443', now);
    for (const [status, code, consequence] of [
      [401, 'authority-login-refused', 'retry'],
      [403, 'authority-login-refused', 'retry'],
      [404, 'authority-not-found', 'retry'],
      [302, 'authority-not-found', 'retry'],
      [429, 'authority-busy', 'retry'],
      [503, 'authority-busy', 'retry'],
      [500, 'authority-answer-unreadable', 'reconcile'],
      [502, 'authority-answer-lost', 'reconcile'],
      [504, 'authority-timeout', 'reconcile'],
    ] as const) {
      const fault = failure(status);
      assert.deepEqual([fault?.code, fault?.consequence], [code, consequence], `${status}`);
      assert.ok(fault?.message.includes(`ca:443 answered with HTTP status ${status}`));
    }
    for (const status of [200, 202, 204, 400, 409]) assert.equal(failure(status), undefined);
    assert.equal(failure(503, { 'retry-after': '120' })?.retryAfter, 120_000);
    assert.equal(failure(503)?.retryAfter, undefined);
  });
});

describe('Retry-After', () => {
  it('is seconds or a date, and a day at most', () => {
    assert.equal(readRetryAfter('5', now), 5_000);
    assert.equal(readRetryAfter('Fri, 20 Nov 2026 18:00:30 GMT', now), 30_000);
    assert.equal(readRetryAfter('Fri, 20 Nov 2026 17:00:00 GMT', now), 0);
    assert.equal(readRetryAfter('99999999999999999999', now), 86_400_000);
    assert.equal(readRetryAfter('soon', now), undefined);
    assert.equal(readRetryAfter(undefined, now), undefined);
  });
});

describe("an authority's own words", () => {
  it('are shown without tags, control characters and secrets', () => {
    const page =
      '<html><style>p { x: y }</style><p>No\r\n\u0007way,\u202e hunter2</p> <b>Basic dTpodW50ZXIy</b></html>';
    assert.equal(plainWords(page, ['hunter2', 'dTpodW50ZXIy']), 'No way, *** Basic ***');
    assert.equal(plainWords(`${'x'.repeat(600)}`).length, 500);
    assert.equal(plainWords(' \n', ['']), '');
  });
});
