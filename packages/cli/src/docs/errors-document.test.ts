import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsDocument } from './errors-document.js';

describe('the list of errors', () => {
  it('has each code once, in lower case with hyphens', () => {
    const codes = [...errorsDocument().matchAll(/^\| `(.+)` \|/gm)].map((row) => row[1] ?? '');
    assert.ok(codes.length > 50);
    const twice = codes.filter((code, index) => codes.indexOf(code) !== index);
    assert.deepEqual(twice, []);
    assert.deepEqual(
      codes.filter((code) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code)),
      [],
    );
  });
});
