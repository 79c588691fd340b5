import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validityInYears, validityWithin } from './validity.js';

const issuer = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

function isoOf({ notBefore, notAfter }: { notBefore: Date; notAfter: Date }): [string, string] {
  return [notBefore.toISOString(), notAfter.toISOString()];
}

describe('validity', () => {
  it('begins five minutes ago and ends so many days from now, in whole seconds', () => {
    const validity = validityWithin(issuer, new Date('2026-06-01T12:00:00.999Z'), 30);
    assert.deepEqual(isoOf(validity), ['2026-06-01T11:55:00.000Z', '2026-07-01T12:00:00.000Z']);
    assert.equal(validity.cutShortFrom, undefined);
  });

  it("does not begin before the issuer's", () => {
    const validity = validityWithin(issuer, new Date('2026-01-01T00:02:00Z'), 1);
    assert.deepEqual(isoOf(validity), ['2026-01-01T00:00:00.000Z', '2026-01-02T00:02:00.000Z']);
  });

  it("is cut short at the issuer's end, and says where it would have ended", () => {
    const validity = validityWithin(issuer, new Date('2026-12-31T00:00:00Z'), 365);
    assert.deepEqual(isoOf(validity), ['2026-12-30T23:55:00.000Z', '2027-01-01T00:00:00.000Z']);
    assert.equal(validity.cutShortFrom?.toISOString(), '2027-12-31T00:00:00.000Z');
    assert.equal(validityWithin(issuer, new Date('2026-12-31T00:00:00Z'), 1).cutShortFrom, undefined);
  });

  it('is refused outside of the life of the issuer', () => {
    const at = (iso: string) => () => validityWithin(issuer, new Date(iso), 1);
    assert.throws(at('2025-12-31T23:59:59Z'), { name: 'PkiError', code: 'issuer-not-yet-valid' });
    assert.throws(at('2027-01-01T00:00:00Z'), { name: 'PkiError', code: 'issuer-expired' });
  });

  it('is refused for other than whole days', () => {
    for (const days of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const make = () => validityWithin(issuer, new Date('2026-06-01T00:00:00Z'), days);
      assert.throws(make, { name: 'PkiError', code: 'validity-out-of-range' }, `${days}`);
    }
  });

  it('in years ends on the same day of the calendar', () => {
    const validity = validityInYears(new Date('2026-11-20T18:00:00Z'), 20);
    assert.deepEqual(isoOf(validity), ['2026-11-20T17:55:00.000Z', '2046-11-20T18:00:00.000Z']);
  });
});
