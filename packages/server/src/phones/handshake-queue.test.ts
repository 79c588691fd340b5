import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HandshakeQueue } from './handshake-queue.js';

/** When everything that was due has happened. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the queue of handshakes', () => {
  it('lets one network after the other begin, each in the order of its coming', async () => {
    const queue = new HandshakeQueue();
    const begun: string[] = [];
    for (let index = 0; index < 100; index++) queue.enter('flood', () => begun.push(`flood${index}`));
    queue.enter('phone', () => begun.push('phone'));
    await turns(2);
    assert.deepEqual(begun.slice(0, 3), ['flood0', 'phone', 'flood1']);
    await turns(60);
    assert.equal(begun.length, 101);
    assert.deepEqual(begun.slice(-2), ['flood98', 'flood99']);
  });

  it('leaves turns of the event loop to others', async () => {
    const queue = new HandshakeQueue();
    let begun = 0;
    for (let index = 0; index < 100; index++) queue.enter('flood', () => begun++);
    await turns(3);
    assert.ok(begun > 0 && begun < 20, String(begun));
  });

  it('takes the newest of a network first while there is more than can be done in time', async () => {
    let now = 0;
    const queue = new HandshakeQueue(() => now);
    const begun: string[] = [];
    for (let index = 0; index < 20; index++) queue.enter('flood', () => begun.push(`flood${index}`));
    await turns(1);
    assert.equal(begun[0], 'flood0');
    now += 1_000;
    queue.enter('flood', () => begun.push('phone'));
    const before = begun.length;
    await turns(1);
    assert.equal(begun[before], 'phone');
    await turns(10);
    assert.equal(begun.length, 21, 'the others come too');
  });

  it('holds handshakes off while connections come, but not for ever', async () => {
    const queue = new HandshakeQueue();
    let begun = 0;
    queue.enter('phone', () => begun++);
    queue.arrived();
    await turns(2);
    assert.equal(begun, 1, 'a connection alone costs a turn');
    queue.enter('phone', () => begun++);
    for (let turn = 0; turn < 10; turn++) {
      queue.arrived();
      await turns(1);
    }
    assert.equal(begun, 1);
    for (let turn = 0; turn < 10; turn++) {
      queue.arrived();
      await turns(1);
    }
    assert.equal(begun, 2);
  });

  it('forgets what was withdrawn', async () => {
    const queue = new HandshakeQueue();
    const begun: string[] = [];
    const withdrawals = ['gone', 'gone too'].map((name) => queue.enter('a', () => begun.push(name)));
    queue.enter('a', () => begun.push('stays'));
    withdrawals.push(queue.enter('a', () => begun.push('gone as well')));
    for (const withdraw of [...withdrawals, ...withdrawals]) withdraw();
    await turns(4);
    assert.deepEqual(begun, ['stays']);
  });
});
