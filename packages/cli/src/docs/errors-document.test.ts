import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCatalogues } from './errors-document.js';

describe('the list of errors', () => {
  const codes = Object.values(errorCatalogues).flatMap((catalogue) => Object.keys(catalogue));

  it('has each code once', () => {
    assert.ok(codes.length > 50);
    assert.deepEqual(
      codes.filter((code, index) => codes.indexOf(code) !== index),
      [],
    );
  });

  it('writes codes in lower case with hyphens', () => {
    assert.deepEqual(
      codes.filter((code) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code)),
      [],
    );
  });
});
