import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { familyOf, networkOf, plainAddress, sharedAddresses } from './phone-networks.js';

describe("a phone's address", () => {
  it('is written as people know it', () => {
    assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7');
    assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1');
    assert.equal(plainAddress('2001:db8::ffff:1'), '2001:db8::ffff:1');
  });

  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ] as const) {
    it(`${address} counts as ${network}`, () => assert.equal(networkOf(address), network));
  }

  it('is IPv4 also where IPv6 wraps it', () => {
    assert.equal(familyOf('::ffff:192.0.2.7'), 'ipv4');
    assert.equal(familyOf('2001:db8::1'), 'ipv6');
  });

  it('stands for many on loopback and at a trusted proxy', () => {
    const shared = sharedAddresses(['192.0.2.7', '2001:db8::/32']);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '192.0.2.7', '2001:db8:9::1']) {
      assert.ok(shared(address), address);
    }
    for (const address of ['192.0.2.8', '2001:db9::1', '::2']) assert.ok(!shared(address), address);
  });
});
