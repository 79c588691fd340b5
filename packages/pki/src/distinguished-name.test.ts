import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Name } from '@peculiar/x509';
import fc from 'fast-check';
import { ownBuffer, toHex } from './bytes.js';
import { derElement, derSequence, derTag } from './der-writer.js';
import { describeName, encodeDeviceName, encodeDistinguishedName, inheritedNames } from './distinguished-name.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

const malformed = { name: 'PkiError', code: 'distinguished-name-malformed' };

describe('distinguished name', () => {
  it('holds CN, O, OU, L, ST and C in this order, each in the string type that fits', () => {
    const name = encodeDistinguishedName('CAPF-0a1b2c3d', {
      organization: 'Müller & Söhne',
      organizationalUnit: 'IP Phones',
      locality: 'Linz',
      state: 'OÖ',
      country: 'at',
    });
    assert.deepEqual(new Name(ownBuffer(name)).toJSON(), [
      { CN: ['CAPF-0a1b2c3d'] },
      { O: ['Müller & Söhne'] },
      { OU: ['IP Phones'] },
      { L: ['Linz'] },
      { ST: ['OÖ'] },
      { C: ['AT'] },
    ]);
    const types = [...toHex(name).matchAll(/06035504(..)(13|0c)/g)].map(([, type, tag]) => `${type}:${tag}`);
    assert.deepEqual(types, ['03:13', '0a:0c', '0b:13', '07:13', '08:0c', '06:13']);
  });

  it('counts characters, not bytes, and keeps to the bounds of X.520', () => {
    assert.deepEqual(describeName(encodeDistinguishedName('ü'.repeat(64))).commonNames, ['ü'.repeat(64)]);
    assert.throws(() => encodeDistinguishedName('a'.repeat(65)), malformed);
    encodeDistinguishedName('a', { locality: 'x'.repeat(128) });
    assert.throws(() => encodeDistinguishedName('a', { locality: 'x'.repeat(129) }), malformed);
    assert.throws(() => encodeDistinguishedName('a', { organization: 'x'.repeat(65) }), malformed);
  });

  it('refuses malformed fields', () => {
    for (const bad of ['', ' a', 'a ', 'a\0b', 'a\nb', '\ud800', 'a\u2028b']) {
      assert.throws(() => encodeDistinguishedName(bad), malformed, JSON.stringify(bad));
      assert.throws(() => encodeDistinguishedName('a', { state: bad }), malformed, JSON.stringify(bad));
    }
    for (const country of ['', 'D', 'DEU', 'Ö1', '12']) {
      assert.throws(() => encodeDistinguishedName('a', { country }), malformed, country);
    }
  });

  it('keeps characters that mean something in text forms', () => {
    const special = fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom(...'a,=+"\\<>#;/ é') });
    fc.assert(
      fc.property(
        special.filter((text) => text.trim() === text),
        (text) => {
          assert.deepEqual(describeName(encodeDistinguishedName(text)).commonNames, [text]);
        },
      ),
    );
  });
});

describe('device name', () => {
  it('is a PrintableString where that can hold it, else a UTF8String', () => {
    assert.equal(
      toHex(encodeDeviceName('SEP001122334455')),
      `311830160603550403130f${Buffer.from('SEP001122334455').toString('hex')}`,
    );
    assert.equal(
      toHex(encodeDeviceName('CSF_jdoe-1')),
      `3113301106035504030c0a${Buffer.from('CSF_jdoe-1').toString('hex')}`,
    );
    encodeDeviceName('A'.repeat(64));
  });

  it('is refused when malformed', () => {
    const bad = [
      '',
      'A'.repeat(65),
      'SEP.1',
      'SEP 1',
      'SEP\0',
      'Sübtel',
      'CAPF-12345678',
      'capf-x',
      'a/b',
      'a,CN=b',
      'a\n',
    ];
    for (const name of bad) {
      assert.throws(() => encodeDeviceName(name), { name: 'PkiError', code: 'device-name-malformed' }, name);
    }
  });
});

describe('names that an LSC inherits', () => {
  it("are the issuer's O, OU, L, ST and C in the issuer's order and encoding", () => {
    const attribute = (type: string, tag: number, value: string) =>
      derSequence(derObjectIdentifier(type), derElement(tag, Buffer.from(value)));
    const set = (...attributes: Uint8Array[]) => derElement(derTag.set, ...attributes);
    const country = attribute(oid.countryName, derTag.printableString, 'US');
    const unit1 = attribute(oid.organizationalUnitName, derTag.utf8String, 'One');
    const unit2 = attribute(oid.organizationalUnitName, derTag.printableString, 'Two');
    const other = attribute('0.9.2342.19200300.100.1.25', 0x16, 'example');
    const commonName = attribute(oid.commonName, derTag.utf8String, 'Site CA');
    const issuer = derSequence(set(country), set(other), set(unit1), set(commonName, unit2));
    assert.equal(toHex(inheritedNames(issuer)), toHex(Buffer.concat([set(country), set(unit1), set(unit2)])));
  });

  it('are none when the issuer has none', () => {
    assert.equal(inheritedNames(encodeDistinguishedName('CAPF-00000000')).length, 0);
  });

  it('are refused from what is no name', () => {
    for (const hex of ['', '0500', '30020500', '3004310205', '30033101', '300431020500']) {
      assert.throws(() => inheritedNames(Buffer.from(hex, 'hex')), { name: 'PkiError', code: 'der-malformed' }, hex);
    }
  });
});
