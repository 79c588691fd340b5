import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { passingClock } from '../testing/index.js';
import { KeyTime } from './key-time.js';

describe('the time of key generation', () => {
  it('passes, and progress is reported as often as it is asked for', async () => {
    const clock = passingClock();
    const keyTime = new KeyTime({ milliseconds: 2_500, progressMs: 1_000, clock });
    const told: string[] = [];
    const passing = keyTime.pass(async () => void told.push('progress')).then(() => told.push('over'));
    for (const expected of [[], ['progress'], ['progress', 'progress']]) {
      assert.deepEqual(told, expected);
      clock.pass(expected.length === 2 ? 500 : 1_000);
      await turn();
    }
    await passing;
    assert.deepEqual(told, ['progress', 'progress', 'over']);
  });

  it('is said to be over before its end, and nobody reports any more', async () => {
    const clock = passingClock();
    const keyTime = new KeyTime({ milliseconds: 5_000, progressMs: 1_000, clock });
    const passing = keyTime.pass(async () => assert.fail('progress of nothing'));
    keyTime[Symbol.dispose]();
    await passing;
  });
});
