import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BitString, fromBER, GeneralizedTime, Integer, OctetString, Sequence, UTCTime } from 'asn1js';
import fc from 'fast-check';
import { ownBuffer, toHex } from './bytes.js';
import {
  derBitString,
  derElement,
  derOctetString,
  derSequence,
  derTag,
  derTime,
  derUnsignedInteger,
} from './der-writer.js';
import { PkiError } from './errors.js';

const hexOf = (asn1: { toBER(): ArrayBuffer }) => toHex(new Uint8Array(asn1.toBER()));

describe('DER writer', () => {
  it('writes octet strings as asn1js does, at every width of the length', () => {
    for (const size of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x1000000]) {
      const octets = new Uint8Array(size).fill(7);
      const written = derOctetString(octets);
      const { offset, result } = fromBER(ownBuffer(written), { maxContentLength: 0x2000000 });
      assert.equal(offset, written.length);
      assert.ok(result instanceof OctetString);
      assert.equal(result.valueBlock.valueHexView.length, size);
      if (size <= 0x10000) assert.equal(toHex(written), hexOf(new OctetString({ valueHex: octets })));
    }
  });

  it('writes integers as asn1js does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 600n }), fc.nat(3), (value, leadingZeros) => {
        const hex = value.toString(16);
        const bytes = Buffer.from('00'.repeat(leadingZeros) + (hex.length % 2 ? `0${hex}` : hex), 'hex');
        const written = derUnsignedInteger(bytes);
        const { result } = fromBER(ownBuffer(written));
        assert.ok(result instanceof Integer);
        assert.equal(result.toBigInt(), value);
        assert.equal(toHex(written), hexOf(Integer.fromBigInt(value)));
      }),
    );
    assert.equal(toHex(derUnsignedInteger(new Uint8Array())), '020100');
  });

  it('writes nested sequences and bit strings as asn1js does', () => {
    const leaf = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.array(fc.array(leaf, { maxLength: 4 }), { maxLength: 4 }), (tree) => {
        const written = derSequence(...tree.map((leaves) => derSequence(...leaves.map(derBitString))));
        const expected = new Sequence({
          value: tree.map(
            (leaves) => new Sequence({ value: leaves.map((octets) => new BitString({ valueHex: ownBuffer(octets) })) }),
          ),
        });
        assert.equal(toHex(written), hexOf(expected));
      }),
    );
  });

  it('writes UTCTime until 2049 and GeneralizedTime from 2050 on, in whole seconds', () => {
    const cases = [
      ['1950-01-01T00:00:00.000Z', derTag.utcTime, '500101000000Z'],
      ['2026-11-20T18:00:01.999Z', derTag.utcTime, '261120180001Z'],
      ['2049-12-31T23:59:59.000Z', derTag.utcTime, '491231235959Z'],
      ['2050-01-01T00:00:00.000Z', derTag.generalizedTime, '20500101000000Z'],
      ['9999-12-31T23:59:59.000Z', derTag.generalizedTime, '99991231235959Z'],
    ] as const;
    for (const [iso, tag, text] of cases) {
      assert.deepEqual(derTime(new Date(iso)), derElement(tag, Buffer.from(text)));
    }
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1950-01-01Z'), max: new Date('9999-12-31Z'), noInvalidDate: true }),
        (date) => {
          const { result } = fromBER(ownBuffer(derTime(date)));
          assert.ok(result instanceof UTCTime || result instanceof GeneralizedTime);
          assert.equal(result.toDate().getTime(), Math.floor(date.getTime() / 1000) * 1000);
        },
      ),
    );
  });

  it('refuses dates that a certificate cannot hold', () => {
    for (const date of [new Date('1949-12-31T23:59:59Z'), new Date('+010000-01-01T00:00:00Z'), new Date(Number.NaN)]) {
      assert.throws(
        () => derTime(date),
        (error) => error instanceof PkiError && error.code === 'time-unrepresentable',
      );
    }
  });
});
