import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromPem, longestPem, toPem } from './pem.js';

const malformed = { name: 'PkiError', code: 'pem-malformed' };

describe('PEM', () => {
  it('comes back as it was written, several blocks in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 4 }),
        (blocks) => {
          const text = blocks.map((block) => toPem('CERTIFICATE', block)).join('');
          assert.deepEqual(fromPem('CERTIFICATE', text), blocks);
        },
      ),
    );
  });

  it('has lines of 64 characters between its marks, and a line feed at the end', () => {
    const lines = toPem('PUBLIC KEY', new Uint8Array(100)).split('\n');
    assert.deepEqual(
      lines.map((line) => line.length),
      [26, 64, 64, 8, 24, 0],
    );
    assert.equal(lines[0], '-----BEGIN PUBLIC KEY-----');
  });

  it('passes over other blocks, other text and carriage returns', () => {
    const text = `subject=x\n${toPem('PUBLIC KEY', Uint8Array.of(1))}issuer=y\n${toPem('CERTIFICATE', Uint8Array.of(2))}`;
    assert.deepEqual(fromPem('CERTIFICATE', text.replaceAll('\n', '\r\n')), [Uint8Array.of(2)]);
  });

  it('is refused when a block is broken', () => {
    const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];
    for (const lines of [
      [begin, 'AAAA'],
      [begin, end],
      [begin, 'AAAA', begin, 'AAAA', end],
      [begin, 'Proc-Type: 4,ENCRYPTED', '', 'AAAA', end],
      [begin, 'AAA', end],
      [begin, 'AA!A', end],
    ]) {
      assert.throws(() => fromPem('CERTIFICATE', lines.join('\n')), malformed, lines.join(' '));
    }
  });

  it('is read quickly, however it was built to be slow', () => {
    const begin = '-----BEGIN CERTIFICATE-----';
    for (const part of [begin, `${begin}\n`, '-', ' ', '\n', '\r', 'a: b\n', `${begin}\n-----END CERTIFICATE-----\n`]) {
      const text = (begin + part.repeat(longestPem / part.length)).slice(0, longestPem);
      const { user } = process.cpuUsage();
      assert.throws(() => fromPem('CERTIFICATE', text), malformed);
      assert.ok(process.cpuUsage().user - user < 2_000_000, JSON.stringify(part));
    }
  });

  it('is refused when there is no such block, or too much text', () => {
    for (const text of ['', 'hello', toPem('PUBLIC KEY', Uint8Array.of(1)), 'x'.repeat(longestPem + 1)]) {
      assert.throws(() => fromPem('CERTIFICATE', text), malformed);
    }
  });
});
