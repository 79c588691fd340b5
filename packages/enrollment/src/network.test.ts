import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isWithinAny, parseNetwork } from './network.js';

describe('a network', () => {
  it('is read from CIDR or an address, and from nothing else', () => {
    for (const good of [
      '10.0.0.0/8',
      '192.0.2.7',
      '0.0.0.0/0',
      '::/0',
      '2001:db8::/32',
      '2001:db8::1',
      '::ffff:10.0.0.1',
    ]) {
      assert.notEqual(parseNetwork(good), undefined, good);
    }
    for (const bad of [
      '',
      '10.0.0.1/8',
      '10.0.0.0/33',
      '10.0.0/8',
      '2001:db8::1/64',
      '::/129',
      'fe80::1%eth0',
      'a',
      '1.2.3.4/',
      '/8',
      '10.0.0.0/-1',
      '10.0.0.256',
      ' 10.0.0.1',
    ]) {
      assert.equal(parseNetwork(bad), undefined, bad);
    }
  });

  it('holds the addresses that the platform says it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6()),
        fc.oneof(fc.ipV4(), fc.ipV6()),
        fc.nat(128),
        (base, address, length) => {
          const bits = base.includes(':') ? 128 : 32;
          const prefix = Math.min(length, bits);
          // Only some zero bits at the end make a base that is taken.
          const text =
            [`${base}/${prefix}`, base, bits === 32 ? '10.0.0.0/7' : '2001:d00::/24'].find((candidate) =>
              parseNetwork(candidate),
            ) ?? base;
          const [net = '', size = String(bits)] = text.split('/');
          const platform = new BlockList();
          const family = net.includes(':') ? 'ipv6' : 'ipv4';
          platform.addSubnet(net, Number(size), family);
          for (const one of [address, base, '10.255.0.3', '11.0.0.1', '2001:dff::3']) {
            if (one.includes(':') !== net.includes(':')) continue;
            assert.equal(
              isWithinAny(one, [text]),
              platform.check(one, one.includes(':') ? 'ipv6' : 'ipv4'),
              `${one} in ${text}`,
            );
          }
        },
      ),
    );
  });

  it('of one kind holds no address of the other, but IPv4 wrapped in IPv6 is IPv4', () => {
    assert.equal(isWithinAny('10.0.0.1', ['::/0']), false);
    assert.equal(isWithinAny('2001:db8::1', ['0.0.0.0/0']), false);
    assert.equal(isWithinAny('::ffff:10.0.0.1', ['10.0.0.0/8']), true);
    assert.equal(isWithinAny('not an address', ['0.0.0.0/0', 'nor this']), false);
  });
});
