import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { passingClock } from '../testing/index.js';
import { paced } from './pace.js';

describe('the pace of a load', () => {
  it('without a rate lets the next come when one has left, so many at once', async () => {
    let underWay = 0;
    let most = 0;
    const seen: number[] = [];
    const { heldBack } = await paced(20, { concurrency: 3 }, async (number) => {
      underWay += 1;
      most = Math.max(most, underWay);
      seen.push(number);
      await turn();
      underWay -= 1;
    });
    assert.equal(most, 3);
    assert.deepEqual(seen, [...Array(20).keys()]);
    assert.equal(heldBack, 0);
  });

  it('with a rate lets phones come as they are due, however slow those before are', async () => {
    const clock = passingClock();
    const start = clock.now();
    const begun: number[] = [];
    let leave: () => void = () => {};
    const slow = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const done = paced(4, { concurrency: 10, ratePerSecond: 10, clock }, async (number, due) => {
      assert.equal(due - start, number * 100);
      begun.push(clock.now() - start);
      await slow;
    });
    for (let passed = 0; passed < 4; passed += 1) {
      await turn();
      clock.pass(100);
    }
    await turn();
    leave();
    assert.deepEqual(await done, { heldBack: 0 });
    assert.deepEqual(begun, [0, 100, 200, 300]);
  });

  it('charges phones that are held back with the time since they were due', async () => {
    const clock = passingClock();
    const start = clock.now();
    const waits: number[] = [];
    const leaving: (() => void)[] = [];
    const done = paced(3, { concurrency: 1, ratePerSecond: 10, clock }, async (_, due) => {
      waits.push(clock.now() - due);
      await new Promise<void>((resolve) => leaving.push(resolve));
    });
    await turn();
    clock.pass(1_000);
    for (let number = 0; number < 3; number += 1) {
      await turn();
      leaving[number]?.();
    }
    assert.deepEqual(await done, { heldBack: 2 });
    assert.equal(clock.now() - start, 1_000);
    assert.deepEqual(waits, [0, 900, 800]);
  });

  for (const ratePerSecond of [undefined, 0.001]) {
    it(`stops when it is broken off ${ratePerSecond === undefined ? 'without' : 'with'} a rate`, async () => {
      const interrupted = new AbortController();
      let visits = 0;
      await paced(1_000, { concurrency: 1, ratePerSecond, signal: interrupted.signal }, async () => {
        visits += 1;
        interrupted.abort();
      });
      assert.equal(visits, 1);
    });
  }
});
