import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Name } from '@peculiar/x509';
import fc from 'fast-check';
import { ownBuffer } from './bytes.js';
import { derElement, derSequence, derTag } from './der-writer.js';
import { describeName } from './distinguished-name.js';
import { readName } from './name-reader.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

const types = [
  oid.commonName,
  oid.countryName,
  oid.organizationName,
  oid.organizationalUnitName,
  oid.localityName,
  oid.stateOrProvinceName,
  '0.9.2342.19200300.100.1.25',
  '1.2.840.113549.1.9.1',
  '2.5.4.4',
  '2.5.4.5',
  '2.5.4.12',
  '2.5.4.42',
  '2.5.4.43',
  '1.3.6.1.4.1.9.1',
];

function attribute(type: string, tag: number, value: Uint8Array): Uint8Array {
  return derSequence(derObjectIdentifier(type), derElement(tag, value));
}

function nameOf(tag: number, value: Uint8Array | string): Uint8Array {
  return derSequence(derElement(derTag.set, attribute(oid.commonName, tag, Buffer.from(value))));
}

describe('a name', () => {
  it('reads as @peculiar/x509 reads it', () => {
    const character = fc.constantFrom(...'aZ09 ,+="\\<>;#/-', 'é');
    const text = fc.string({ minLength: 1, maxLength: 12, unit: character });
    const ascii = fc.constantFrom(derTag.printableString, derTag.ia5String);
    const value = fc.oneof(
      text.map((each) => [derTag.utf8String, Buffer.from(each)] as const),
      fc.tuple(ascii, text).map(([tag, each]) => [tag, Buffer.from(each.replaceAll('é', 'e'))] as const),
      text.map((each) => [derTag.bmpString, Buffer.from(each, 'utf16le').swap16()] as const),
    );
    const attributes = fc.array(fc.tuple(fc.constantFrom(...types), value), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(attributes, { maxLength: 5 }), (sets) => {
        const der = derSequence(
          ...sets.map((set) =>
            derElement(derTag.set, ...set.map(([type, [tag, content]]) => attribute(type, tag, content))),
          ),
        );
        const theirs = new Name(ownBuffer(der));
        assert.deepEqual(describeName(der), { commonNames: theirs.getField('CN'), text: theirs.toString() });
      }),
    );
  });

  it('shows characters that would disturb a log as their octets, and values that are no text in hex', () => {
    assert.equal(describeName(nameOf(derTag.utf8String, 'a\r\n\0\u0085b')).text, 'CN=a\\0D\\0A\\00\\C2\\85b');
    const { text, commonNames } = describeName(nameOf(derTag.bitString, '\0a'));
    assert.deepEqual([text, commonNames], ['CN=#03020061', ['#03020061']]);
    assert.deepEqual(describeName(derSequence()), { commonNames: [], text: '' });
  });

  it('keeps the attributes of one set together', () => {
    const one = attribute(oid.commonName, derTag.utf8String, Buffer.from('a'));
    const two = attribute(oid.organizationName, derTag.universalString, Buffer.from([0, 1, 0xf6, 0]));
    const name = derSequence(derElement(derTag.set, one, two), derElement(derTag.set, one));
    assert.deepEqual(
      readName(name).map((set) => set.map(({ text }) => text)),
      [['a', '\u{1f600}'], ['a']],
    );
    assert.equal(describeName(name).text, 'CN=a+O=\u{1f600}, CN=a');
  });

  it('is refused when it breaks the rules of DER or of its strings', () => {
    const wrong = {
      'text that is not UTF-8': nameOf(derTag.utf8String, Uint8Array.of(0xc3)),
      'half a character': nameOf(derTag.bmpString, Uint8Array.of(0)),
      'a quarter of a character': nameOf(derTag.universalString, Uint8Array.of(0, 0, 0)),
      'a character that does not exist': nameOf(derTag.universalString, Uint8Array.of(0, 0x11, 0, 0)),
      'a value that is no DER within': nameOf(derTag.sequence, 'abc'),
      'a value nested too deep': nameOf(derTag.sequence, nested(20)),
      'an attribute without a value': derSequence(
        derElement(derTag.set, derSequence(derObjectIdentifier(oid.commonName))),
      ),
      'no sets': derSequence(attribute(oid.commonName, derTag.utf8String, Buffer.from('a'))),
      'bytes behind it': Buffer.concat([nameOf(derTag.utf8String, 'a'), Uint8Array.of(0)]),
    };
    for (const [what, der] of Object.entries(wrong)) {
      assert.throws(() => readName(der), { name: 'PkiError', code: 'der-malformed' }, what);
    }
  });
});

function nested(levels: number): Uint8Array {
  let der = derSequence();
  for (let level = 1; level < levels; level++) der = derSequence(der);
  return der;
}
