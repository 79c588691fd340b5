import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileName } from './file-names.js';

test('names of phones are read, exact to the letter', () => {
  const device = 'SEPA45630BBFA40';
  const configuration = { kind: 'configuration', device };
  assert.deepEqual(readFileName(`${device}.cnf.xml`), { ...configuration, form: 'plain' });
  assert.deepEqual(readFileName(`${device}.cnf.xml.sgn`), { ...configuration, form: 'signed' });
  assert.deepEqual(readFileName(`${device}.cnf.xml.enc.sgn`), { ...configuration, form: 'encrypted' });
  assert.deepEqual(readFileName('CSFJOHN.cnf.xml')?.kind, 'configuration');
  assert.deepEqual(readFileName(`ITL${device}.tlv`), { kind: 'trust-list', list: 'itl', device });
  assert.deepEqual(readFileName(`CTL${device}.tlv`), { kind: 'trust-list', list: 'ctl', device });
  assert.deepEqual(readFileName('ITLFile.tlv'), { kind: 'trust-list', list: 'itl', device: undefined });
  assert.deepEqual(readFileName('CTLFile.tlv'), { kind: 'trust-list', list: 'ctl', device: undefined });
});

test('what ends like a configuration, or is a copy of one, is never a static file', () => {
  for (const name of [
    'SEPA45630BBFA40.CNF.XML',
    'SEPA45630BBFA40.cnf.xml.SGN',
    'SEPA45630BBFA40.cnf.xml.bak',
    'SEPA45630BBFA40.cnf.xml~',
    'SEPA45630BBFA40.cnf.xml_old',
    '#SEPA45630BBFA40.cnf.xml#',
    'SEPA45630BBFA40.cnf.xml/x',
    'XMLDefault.cnf.xml~',
    'a/SEPA45630BBFA40.cnf.xml',
    './SEPA45630BBFA40.cnf.xml',
    'SEPA45630BBFA40.x.cnf.xml',
    '.cnf.xml',
    'SEPA45630BBFA40.cnf.xml.sgn.sgn',
    'SEPA45630BBFA40.enc.cnf.xml.sgn',
    'ITL../x.tlv',
    'ITL.tlv',
  ]) {
    assert.equal(readFileName(name), undefined, name);
  }
  // What a phone gets that nobody has added belongs to no device.
  assert.deepEqual(readFileName('XMLDefault.cnf.xml'), { kind: 'static', path: 'XMLDefault.cnf.xml' });
});

test('names of static files stay inside', () => {
  for (const name of ['ringlist.xml', 'New_Zealand/g3-tones.xml.sgn', 'Desktops/320x212x12/List.xml', 'a b.jar']) {
    assert.deepEqual(readFileName(name), { kind: 'static', path: name });
  }
  const outside = ['..', '../a', 'a/../b', '/a', 'a//b', 'a/', '', '.a', 'a/.b', 'a\\b', 'c:a', 'a\0', 'ä', 'a\nb'];
  for (const name of [...outside, 'x'.repeat(256)]) assert.equal(readFileName(name), undefined, name.slice(0, 20));
});
