import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DerReader, readSoleElement } from './der-reader.js';
import { derElement, derTag } from './der-writer.js';
import { PkiError } from './errors.js';

const isMalformed = (error: unknown) => error instanceof PkiError && error.code === 'der-malformed';

describe('DER reader', () => {
  it('reads back what the writer wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }), (contents) => {
        const reader = new DerReader(Buffer.concat(contents.map((content) => derElement(derTag.octetString, content))));
        for (const content of contents) {
          const element = reader.read(derTag.octetString);
          assert.equal(Buffer.compare(element.content, content), 0);
          assert.equal(Buffer.compare(element.raw, derElement(derTag.octetString, content)), 0);
        }
        reader.end();
      }),
    );
  });

  it('refuses what is not DER', () => {
    const cases = {
      'nothing at all': '',
      'a tag alone': '04',
      'an end within the value': '040201',
      'an end within the length': '0482',
      'an indefinite length': '04800000',
      'a length in more octets than it needs': '048101ff',
      'a long length with leading zero': `04820080${'00'.repeat(128)}`,
      'a length of more than four octets': '04850000000001ff',
      'a tag of several bytes': '1f810100',
      'another tag': '020100',
      'bytes behind the element': '04010000',
    };
    for (const [what, hex] of Object.entries(cases)) {
      assert.throws(() => readSoleElement(Buffer.from(hex, 'hex'), derTag.octetString), isMalformed, what);
    }
  });

  it('gives a typed error or stays within its bytes, whatever it reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const reader = new DerReader(bytes);
        let total = 0;
        try {
          while (!reader.atEnd) total += reader.read().raw.length;
          assert.equal(total, bytes.length);
        } catch (error) {
          if (!isMalformed(error)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
