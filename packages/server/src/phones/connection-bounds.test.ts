import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sharedAddresses } from '@opencapf/enrollment';
import { type Admission, type BoundsOptions, ConnectionBounds } from './connection-bounds.js';

const stranger = '192.0.2.66';

/** Bounds, and the names of the connections that were dropped, in their order. */
function crowd(options: Partial<BoundsOptions> = {}) {
  const bounds = new ConnectionBounds({
    sessions: 100,
    sessionsPerAddress: 50,
    unauthenticated: 10,
    unauthenticatedPerAddress: 4,
    unauthenticatedPerProxy: undefined,
    isShared: sharedAddresses(['198.51.100.0/24']),
    pressed: () => false,
    ...options,
  });
  const dropped: string[] = [];
  const come = (name: string, address: string): Admission => bounds.admit(address, () => dropped.push(name));
  return { bounds, dropped, come };
}

/** `a0` to `a4`. */
function names(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index}`);
}

describe('the bounds of connections', () => {
  it('let the oldest of an address make room, never the newest and none from elsewhere', () => {
    const { dropped, come, bounds } = crowd();
    come('phone', '192.0.2.1');
    for (const name of names('s', 6)) come(name, stranger);
    assert.deepEqual(dropped, ['s0', 's1']);
    assert.deepEqual([...bounds.takeDropped()], [['unauthenticatedPerAddress', 2]]);
    assert.equal(bounds.takeDropped().size, 0);
  });

  it('let the oldest of all make room when all are too many', () => {
    const { dropped, come } = crowd();
    for (const name of names('s', 12)) come(name, `192.0.2.${name.slice(1)}`);
    assert.deepEqual(dropped, ['s0', 's1']);
  });

  it('count IPv6 by its /64, and IPv4 as itself where IPv6 wraps it', () => {
    const six = crowd();
    for (const name of names('s', 5)) six.come(name, `2001:db8::${name.slice(1)}`);
    assert.deepEqual(six.dropped, ['s0']);
    const wrapped = crowd();
    for (const name of names('s', 5)) wrapped.come(name, `::ffff:192.0.2.${name.slice(1)}`);
    assert.deepEqual(wrapped.dropped, []);
  });

  it('for one address do not hold for loopback and trusted proxies, unless they are given one', () => {
    for (const address of ['127.0.0.1', '198.51.100.7']) {
      const open = crowd();
      for (const name of names('s', 10)) open.come(name, address);
      assert.deepEqual(open.dropped, [], address);
      const bounded = crowd({ unauthenticatedPerProxy: 6 });
      for (const name of names('s', 8)) bounded.come(name, address);
      assert.deepEqual(bounded.dropped, ['s0', 's1'], address);
    }
  });

  it('never drop a phone that has authenticated, whatever strangers hold', () => {
    const { dropped, come } = crowd();
    const phone = come('phone', stranger);
    assert.ok(phone.authenticated());
    for (const name of names('s', 40)) come(name, stranger);
    assert.ok(!dropped.includes('phone'));
    assert.equal(phone.dropped, false);
  });

  it('let those make room first that have not come to a handshake, as long as they are the most', () => {
    for (const options of [{}, { unauthenticatedPerAddress: 99 }]) {
      const { dropped, come } = crowd(options);
      const phone = come('phone', stranger);
      phone.begun();
      for (const name of names('s', 400)) come(name, stranger);
      assert.ok(!dropped.includes('phone'));
      const all = [phone, ...names('b', 400).map((name) => come(name, stranger))];
      for (const admission of all) admission.begun();
      come('late', stranger);
      assert.ok(phone.dropped, 'those that did are not held for ever');
      assert.ok(!dropped.includes('late'), 'and never is the newest dropped');
    }
  });

  it('keep no trace of those that left during their handshake', () => {
    const { dropped, come } = crowd();
    for (let round = 0; round < 50; round++) {
      const phone = come('s', stranger);
      phone.begun();
      phone.leave();
      phone.begun();
    }
    for (const name of names('n', 4)) come(name, stranger).begun();
    assert.deepEqual(dropped, []);
  });

  it('refuse sessions beyond those that the service may hold, and take others when some end', () => {
    const { come, bounds } = crowd({ sessions: 2 });
    const first = come('a', '192.0.2.1');
    assert.ok(first.authenticated());
    assert.ok(first.authenticated(), 'twice is once');
    assert.ok(come('b', '192.0.2.2').authenticated());
    const third = come('c', '192.0.2.3');
    assert.equal(third.authenticated(), false);
    assert.deepEqual([...bounds.takeDropped()], [['sessions', 1]]);
    first.leave();
    first.leave();
    assert.ok(third.authenticated());
  });

  it('bound the sessions of one address, but not of loopback', () => {
    const { come } = crowd({ sessionsPerAddress: 1 });
    assert.ok(come('a', '192.0.2.1').authenticated());
    assert.equal(come('b', '192.0.2.1').authenticated(), false);
    assert.ok(come('c', '127.0.0.1').authenticated());
    assert.ok(come('d', '127.0.0.1').authenticated());
  });

  it('forget those that left', () => {
    const { dropped, come } = crowd();
    for (let round = 0; round < 50; round++) come('s', stranger).leave();
    for (const name of names('n', 4)) come(name, stranger);
    assert.deepEqual(dropped, []);
  });

  it('drop the oldest until there are descriptors again, and leave the newest', () => {
    let held = 0;
    const bounds = new ConnectionBounds({
      sessions: 9,
      sessionsPerAddress: 9,
      unauthenticated: 99,
      unauthenticatedPerAddress: 99,
      unauthenticatedPerProxy: undefined,
      isShared: () => false,
      pressed: () => held > 3,
    });
    const dropped: string[] = [];
    for (const name of names('s', 6)) {
      held += 1;
      bounds.admit(stranger, () => {
        held -= 1;
        dropped.push(name);
      });
    }
    assert.deepEqual(dropped, ['s0', 's1', 's2']);
    held = 100;
    bounds.relieve();
    assert.deepEqual(dropped, ['s0', 's1', 's2', 's3', 's4']);
  });
});
