import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isServed, servesNobody } from './ip-mode.js';

describe('the IP mode', () => {
  // The source documents' table 28: what CAPF's address is, and which phones connect.
  for (const [mode, four, six] of [
    ['both', true, true],
    ['ipv4', true, false],
    ['ipv6', false, true],
  ] as const) {
    it(`${mode} serves ${four ? '' : 'no '}IPv4 and ${six ? '' : 'no '}IPv6`, () => {
      assert.equal(isServed(mode, '192.0.2.7'), four);
      assert.equal(isServed(mode, '2001:db8::7'), six);
    });
  }

  it('and a listener that no served phone can meet are told apart', () => {
    assert.ok(servesNobody('ipv6', '0.0.0.0'));
    assert.ok(servesNobody('ipv4', '2001:db8::1'));
    for (const [mode, host] of [
      ['ipv4', '::'],
      ['ipv4', '::ffff:192.0.2.1'],
      ['ipv6', '::'],
      ['both', '192.0.2.1'],
      ['ipv6', 'capf.example'],
    ] as const) {
      assert.ok(!servesNobody(mode, host), `${mode} ${host}`);
    }
  });
});
