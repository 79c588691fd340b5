import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { describe, it } from 'node:test';
import { descriptorLimit, descriptorWatch } from './descriptor-table.js';

describe('the table of descriptors', () => {
  it('is full when a new one would come near its end', () => {
    const free = openSync(devNull, 'r');
    closeSync(free);
    let [now, limit] = [0, 0];
    const isFull = descriptorWatch(
      () => limit,
      () => now,
    );
    // A quarter is kept.
    limit = Math.ceil((free + 10) / 0.75);
    assert.equal(isFull(), false);
    limit = Math.floor(free / 0.75) - 2;
    now += 1_000;
    assert.equal(isFull(), true, 'a limit that was lowered is noticed');
    limit = Number.POSITIVE_INFINITY;
    now += 1_000;
    assert.equal(isFull(), false);
  });

  it('is full again as soon as the room is taken that was made', () => {
    const taken = Array.from({ length: 150 }, () => openSync(devNull, 'r'));
    try {
      const highest = Math.max(...taken);
      const isFull = descriptorWatch(
        () => Math.floor(highest / 0.75),
        () => 0,
      );
      for (let round = 0; round < 3; round += 1) {
        assert.equal(isFull(), true);
        closeSync(taken.shift() ?? 0);
        assert.equal(isFull(), false);
        taken.push(openSync(devNull, 'r'));
      }
      assert.equal(isFull(), true);
    } finally {
      for (const descriptor of taken) closeSync(descriptor);
    }
  });

  it('has an end that the system tells, where it does', () => {
    assert.ok(descriptorLimit() > 10);
  });
});
