import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it, mock } from 'node:test';
import { keepAlive } from './keep-alive.js';

describe('keep-alive', () => {
  it('probes at each interval, and never for so long that ten probes could leave', (context) => {
    context.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
    const switched = mock.fn<(on: boolean, delay?: number) => void>();
    const stop = keepAlive({ setKeepAlive: switched } as unknown as Socket, 60_000);
    context.mock.timers.tick(59_999);
    assert.equal(switched.mock.callCount(), 0);
    context.mock.timers.tick(1);
    assert.deepEqual(switched.mock.calls.at(-1)?.arguments, [true, 1_000]);
    context.mock.timers.tick(9_000);
    assert.deepEqual(switched.mock.calls.at(-1)?.arguments, [false]);
    context.mock.timers.tick(51_000);
    assert.deepEqual(switched.mock.calls.at(-1)?.arguments, [true, 1_000]);
    stop();
    const calls = switched.mock.callCount();
    context.mock.timers.tick(600_000);
    assert.equal(switched.mock.callCount(), calls);
  });
});
