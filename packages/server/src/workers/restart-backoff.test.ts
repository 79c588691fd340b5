import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartBackoff } from './restart-backoff.js';

test('a process that keeps ending is made again ever later, one that lived for long at once', () => {
  const backoff = new RestartBackoff();
  const waits = Array.from({ length: 9 }, () => backoff.next(1_000));
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.equal(backoff.next(3_600_000), 250);
});
