import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { reserveSessionNumbers, SecretKey, sessionNumberBlock } from '@opencapf/store';
import { testDatabase } from '@opencapf/store/testing';
import fc from 'fast-check';
import { permutation, SessionNumbers } from './session-numbers.js';

describe('session numbers', () => {
  it('are a permutation of the 32-bit numbers: no two come out alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(2 ** 32 - 70_000), (key, first) => {
        const permute = permutation(key);
        const seen = new Set(Array.from({ length: 2_000 }, (_, index) => permute(first + index * 31)));
        assert.equal(seen.size, 2_000);
        for (const number of seen) assert.ok(Number.isInteger(number) && number >= 0 && number < 2 ** 32);
      }),
      { numRuns: 20 },
    );
  });

  it('look random: one more in changes half of the bits that come out', () => {
    const permute = permutation(randomBytes(32));
    let changed = 0;
    for (let number = 0; number < 4_096; number++) {
      let difference = permute(number) ^ permute(number + 1);
      for (; difference !== 0; difference &= difference - 1) changed++;
    }
    assert.ok(Math.abs(changed / 4_096 - 16) < 0.5, `${changed / 4_096} of 32 bits`);
  });

  it('do not repeat over nodes, nor over those that ask at once', async () => {
    await using test = await testDatabase();
    const key = new SecretKey(Buffer.alloc(32, 1));
    const nodes = Array.from(
      { length: 3 },
      () => new SessionNumbers(key, () => reserveSessionNumbers(test.database), sessionNumberBlock),
    );
    const count = sessionNumberBlock * 2 + 10;
    const numbers = await Promise.all(
      nodes.flatMap((node) => Array.from({ length: count }, async () => await node.next())),
    );
    assert.equal(new Set(numbers).size, 3 * count);
  });

  it('come again after the database was away', async () => {
    const key = new SecretKey(Buffer.alloc(32, 1));
    let away = true;
    const numbers = new SessionNumbers(
      key,
      async () => {
        if (away) throw new Error('away');
        return 0;
      },
      4,
    );
    await assert.rejects(Promise.all([numbers.next(), numbers.next()]));
    away = false;
    assert.equal(new Set(await Promise.all([numbers.next(), numbers.next(), numbers.next()])).size, 3);
  });
});
