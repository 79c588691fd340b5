import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Circuit } from './circuit.js';

function circuit() {
  const time = { ms: 0 };
  return {
    time,
    tried: new Circuit(
      () => time.ms,
      () => 0.5,
    ),
  };
}

function fail(tried: Circuit, times: number): void {
  for (let each = 0; each < times; each += 1) tried.failed();
}

describe('a circuit', () => {
  it('gives the room that is left, and bears some failures in a row', () => {
    const { tried } = circuit();
    fail(tried, 4);
    assert.deepEqual([tried.state, tried.room(16, 10)], ['closed', 6]);
    tried.answered();
    fail(tried, 4);
    assert.equal(tried.state, 'closed');
  });

  it('opens after five, tries by one call when the pause is over, and waits longer each time', () => {
    const { time, tried } = circuit();
    fail(tried, 5);
    assert.deepEqual([tried.state, tried.room(16, 0)], ['open', 0]);
    time.ms = 5_000;
    assert.deepEqual([tried.room(16, 0), tried.room(16, 1), tried.state], [1, 0, 'halfOpen']);
    tried.failed();
    time.ms = 14_999;
    assert.equal(tried.room(16, 0), 0);
    time.ms = 15_000;
    assert.equal(tried.room(16, 0), 1);
    tried.answered();
    assert.deepEqual([tried.state, tried.room(16, 0)], ['closed', 16]);
  });

  it('lets an administrator try at once', () => {
    const { tried } = circuit();
    fail(tried, 5);
    tried.hasten();
    assert.equal(tried.room(16, 0), 1);
  });
});
