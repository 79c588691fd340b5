import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { derObjectIdentifier, readObjectIdentifier } from './object-identifiers.js';

describe('an object identifier', () => {
  it('reads back as it was written', () => {
    const top = fc.oneof(fc.tuple(fc.constantFrom(0, 1), fc.nat(39)), fc.tuple(fc.constant(2), fc.nat(999)));
    fc.assert(
      fc.property(top, fc.array(fc.nat(), { maxLength: 8 }), (first, others) => {
        const dotted = [...first, ...others].join('.');
        assert.equal(readObjectIdentifier(derObjectIdentifier(dotted)), dotted);
      }),
    );
  });

  it('may hold an arc of any size', () => {
    const der = Buffer.from('06126983a8c1e2b2a9f2c3b8d7a1e0f1d5c3a97f', 'hex');
    assert.match(readObjectIdentifier(der), /^2\.25\.\d{34,}$/);
  });

  it('is refused when it is padded, cut off or empty', () => {
    for (const hex of ['0600', '060180', '0602802a', '06032a8001', '06022a86', '05012a', '06012a00']) {
      assert.throws(() => readObjectIdentifier(Buffer.from(hex, 'hex')), { code: 'der-malformed' }, hex);
    }
  });
});
