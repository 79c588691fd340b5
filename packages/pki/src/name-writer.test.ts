import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Name } from '@peculiar/x509';
import fc from 'fast-check';
import { toHex } from './bytes.js';
import { describeName } from './distinguished-name.js';
import { encodeNameText } from './name-writer.js';

const textOf = (name: string): string => describeName(encodeNameText(name)).text;

describe('a name that is written from its text', () => {
  it('has the octets that @peculiar/x509 gives it', () => {
    const types = fc.constantFrom(
      'CN',
      'L',
      'ST',
      'O',
      'OU',
      'C',
      'DC',
      'E',
      'G',
      'I',
      'SN',
      'T',
      '2.5.4.5',
      '1.3.6.1.4.1.9.1',
    );
    const value = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ./:?=_@-]{0,12}[A-Za-z0-9]$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(types, value), { maxLength: 6 }), (attributes) => {
        const text = attributes.map(([type, each]) => `${type}=${each}`).join(', ');
        assert.equal(toHex(encodeNameText(text)), toHex(new Uint8Array(new Name(text).toArrayBuffer())), text);
      }),
    );
  });

  it('reads again as it stands there, whatever its characters', () => {
    const type = fc.constantFrom('CN', 'O', '1.3.6.1.4.1.9.1');
    const character = fc.constantFrom(...'aZ0 ,+="\\<>;#/\n\u0085é漢', '\u{1f600}');
    // A space alone is shown with two signs before it, as @peculiar/x509 does.
    const value = fc.string({ maxLength: 12, unit: character }).filter((text) => text !== ' ');
    fc.assert(
      fc.property(type, value, value, (one, first, second) => {
        const escaped = (text: string) => text.replace(/[^A-Za-z0-9]/gu, (each) => hexEscape(each));
        const name = encodeNameText(`${one}=${escaped(first)},CN=${escaped(second)}`);
        const { text, commonNames } = describeName(name);
        assert.deepEqual(commonNames, one === 'CN' ? [first, second] : [second]);
        assert.equal(toHex(encodeNameText(text)), toHex(name), text);
      }),
    );
  });

  it('may be written in the ways of RFC 4514 and RFC 2253', () => {
    const ways: Readonly<Record<string, string>> = {
      '': '',
      'cn=Steve Kille , o = Isode Limited,C=GB': 'CN=Steve Kille, O=Isode Limited, C=GB',
      'CN=J.  Smith+OU=Sales,DC=example,DC=net': 'OU=Sales+CN=J.  Smith, DC=example, DC=net',
      'CN=James \\"Jim\\" Smith\\, III,DC=net': 'CN=James \\"Jim\\" Smith\\, III, DC=net',
      'CN=Before\\0dAfter': 'CN=Before\\0DAfter',
      'CN=Lu\\C4\\8Di\\C4\\87': 'CN=Lučić',
      '1.3.6.1.4.1.1466.0=#04024869': '1.3.6.1.4.1.1466.0=#04024869',
      'O="Sue, Grabbit and Runn",C=GB': 'O=Sue\\, Grabbit and Runn, C=GB',
      'CN=a\\ ': 'CN=a\\ ',
      'CN=': 'CN=',
    };
    for (const [written, read] of Object.entries(ways)) assert.equal(textOf(written), read, written);
  });

  it('is refused where it is none', () => {
    const none = [
      'CN',
      'a',
      '=a',
      'CN=a,',
      'CN=a,,O=b',
      'X=a',
      'CN="a',
      'CN="a"b',
      'CN=a"b',
      'CN=a\\',
      'CN=\\C3',
      'CN=#0',
      'CN=\ud800',
    ];
    none.push('CN=#0402aa', 'E=é', 'DC=é', '3.1=a b=c,', Array(65).fill('CN=a').join());
    for (const text of none) {
      assert.throws(() => encodeNameText(text), { name: 'PkiError', code: 'distinguished-name-malformed' }, text);
    }
  });
});

function hexEscape(text: string): string {
  return [...Buffer.from(text)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join('');
}
