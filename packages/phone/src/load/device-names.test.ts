import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PhoneError } from '../errors.js';
import { deviceNames, readDeviceList } from './device-names.js';

function isInvalid(fault: unknown): boolean {
  return fault instanceof PhoneError && fault.code === 'load-names-invalid';
}

describe('the names of a load', () => {
  it('are counted up in hexadecimal', () => {
    assert.deepEqual(deviceNames('SEP0000000000FE', 3), ['SEP0000000000FE', 'SEP0000000000FF', 'SEP000000000100']);
  });

  it('end with the last device name there is', () => {
    assert.deepEqual(deviceNames('SEPFFFFFFFFFFFF', 1), ['SEPFFFFFFFFFFFF']);
    assert.throws(() => deviceNames('SEPFFFFFFFFFFFF', 2), isInvalid);
  });

  for (const first of ['SEP1', 'sep001122334455', 'SEP00112233445G', 'ATA001122334455']) {
    it(`are not counted up from ${first}`, () => {
      assert.throws(() => deviceNames(first, 1), isInvalid);
    });
  }

  it('may stand in a list, with their strings', () => {
    assert.deepEqual(readDeviceList('SEP001122334455 12345\r\n\n# none\nCSFalice # a softphone\n'), [
      { name: 'SEP001122334455', authString: '12345' },
      { name: 'CSFalice' },
    ]);
  });

  for (const [what, text] of [
    ['without a name', '# nobody\n\n'],
    ['with a third word', 'SEP001122334455 12345 6\n'],
    ['that has a name twice', 'SEP001122334455\nSEP001122334455 1\n'],
  ] as const) {
    it(`do not stand in a list ${what}`, () => {
      assert.throws(() => readDeviceList(text), isInvalid);
    });
  }
});
