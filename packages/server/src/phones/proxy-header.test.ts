import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { proxyHeader } from '../testing/proxy-header.js';
import { proxyHeaderLength, readProxyHeader } from './proxy-header.js';

/** Made from the published text, section 2.2, not by the helper above. */
const fromTheText = Buffer.from(
  `0d0a0d0a000d0a515549540a${'2111000c'}${'c0000207'}${'c6336401'}${'c350'}${'0edc'}`,
  'hex',
);

describe('a header of PROXY protocol v2', () => {
  it('gives the address and port of the phone', () => {
    assert.deepEqual(readProxyHeader(fromTheText), { kind: 'phone', phone: { address: '192.0.2.7', port: 50_000 } });
    assert.deepEqual(proxyHeader().subarray(0, 20), fromTheText.subarray(0, 20));
    for (const [address, text] of [
      ['2001:db8:0:0:0:0:0:7', '2001:db8::7'],
      ['0:0:0:0:0:ffff:c000:207', '::ffff:192.0.2.7'],
    ] as const) {
      const word = readProxyHeader(proxyHeader({ address, port: 1 }));
      assert.deepEqual(word, { kind: 'phone', phone: { address: text, port: 1 } });
    }
  });

  it('may have extensions of any content', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 484 }), (rest) => {
        const header = proxyHeader({ address: '2001:db8:0:0:0:0:0:7', rest });
        assert.equal(proxyHeaderLength(header), header.length);
        assert.equal(readProxyHeader(header).kind, 'phone');
      }),
    );
  });

  it('may come from the balancer itself, whatever it says then of addresses', () => {
    for (const header of [
      Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'),
      proxyHeader({ versionAndCommand: 0x20 }),
      proxyHeader({ versionAndCommand: 0x20, familyAndTransport: 0xff }),
    ]) {
      assert.deepEqual(readProxyHeader(header), { kind: 'itself' });
    }
  });

  for (const [what, header] of [
    ['of another version', proxyHeader({ versionAndCommand: 0x31 })],
    ['of an unknown command', proxyHeader({ versionAndCommand: 0x22 })],
    ['that does not know the address', proxyHeader({ familyAndTransport: 0 })],
    ['of UDP', proxyHeader({ familyAndTransport: 0x12 })],
    ['of a Unix socket', proxyHeader({ familyAndTransport: 0x31, rest: Buffer.alloc(216) })],
    ['of IPv6 with the bytes of IPv4', proxyHeader({ familyAndTransport: 0x21 })],
    ['without addresses', Buffer.from('0d0a0d0a000d0a515549540a21110000', 'hex')],
  ] as const) {
    it(`is of no use ${what}`, () => {
      assert.equal(readProxyHeader(header).kind, 'unusable');
    });
  }

  it('is measured by its first bytes, and is not there where they differ or say too much', () => {
    const header = proxyHeader({ rest: Buffer.alloc(20) });
    for (let cut = 0; cut < header.length; cut++) {
      assert.equal(proxyHeaderLength(header.subarray(0, cut)), cut < 16 ? 'more' : header.length);
      if (cut < 12) {
        const other = Buffer.from(header);
        other[cut] = 0x16;
        assert.equal(proxyHeaderLength(other.subarray(0, cut + 1)), 'none');
      }
    }
    assert.equal(proxyHeaderLength(Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 50000 3804\r\n')), 'none');
    assert.equal(proxyHeaderLength(proxyHeader({ rest: Buffer.alloc(600) })), 'none');
  });

  it('is read without a fault whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 300 }), (bytes) => {
        const start = Buffer.concat([fromTheText.subarray(0, 12), bytes]);
        const length = proxyHeaderLength(start);
        if (typeof length === 'number' && length <= start.length) readProxyHeader(start.subarray(0, length));
      }),
    );
  });
});
