import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derElement, derObjectIdentifier, derSequence, derTag } from '@opencapf/pki';
import { layouts } from './layout.js';
import { nameText } from './name-text.js';

type Attribute = readonly [type: string, text: string];

/** A DER Name of relative names that hold these attributes. */
function name(...sets: readonly (readonly Attribute[])[]): Uint8Array {
  return derSequence(
    ...sets.map((attributes) =>
      derElement(
        derTag.set,
        ...attributes.map(([type, text]) =>
          derSequence(derObjectIdentifier(type), derElement(derTag.utf8String, Buffer.from(text))),
        ),
      ),
    ),
  );
}

const one = (text: string) => nameText(name([['2.5.4.3', text]]), layouts.usecallmanager);

test('a name stands in the order of the certificate, or in the order of real servers', () => {
  const subject = name(
    [['2.5.4.6', 'US']],
    [['2.5.4.10', 'Org']],
    [['2.5.4.11', 'Lab']],
    [['2.5.4.3', 'CAPF']],
    [['2.5.4.8', 'NC']],
    [['2.5.4.7', 'RTP']],
  );
  assert.equal(nameText(subject, layouts.usecallmanager), 'C=US,O=Org,OU=Lab,CN=CAPF,ST=NC,L=RTP');
  assert.equal(nameText(subject, layouts.cisco), 'CN=CAPF;OU=Lab;O=Org;L=RTP;ST=NC;C=US');
});

test('attributes of one relative name are parted as all others, and unknown types are numbers', () => {
  const subject = name(
    [
      ['2.5.4.3', 'a'],
      ['2.5.4.5', '7'],
    ],
    [['0.9.2342.19200300.100.1.25', 'example']],
    [['2.5.4.9', 'Road 1']],
    [['0.9.2342.19200300.100.1.1', 'u']],
    [['1.2.840.113549.1.9.1', 'a@example.org']],
  );
  assert.equal(
    nameText(subject, layouts.usecallmanager),
    'CN=a,2.5.4.5=7,DC=example,STREET=Road 1,UID=u,1.2.840.113549.1.9.1=a@example.org',
  );
});

test('values are escaped, = is not', () => {
  assert.equal(one('a,b;c+d"e\\f<g>h=i'), 'CN=a\\,b\\;c\\+d\\"e\\\\f\\<g\\>h=i');
  assert.equal(one('#a#'), 'CN=\\#a#');
  assert.equal(one('  a b  '), 'CN=\\  a b \\ ');
  assert.equal(one(' '), 'CN=\\ ');
  assert.equal(one('a\0b'), 'CN=a\\00b');
  assert.equal(one('Köln'), 'CN=Köln');
});
