import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.js';

test('so many are made at once, those above wait in their order, and too many are told to come again', async () => {
  const turns = new Turns(2, 2);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const take = async (name: string): Promise<string> =>
    await turns.take(async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      return name;
    });
  const end = async (name: string, taken: Promise<string>): Promise<void> => {
    ends.get(name)?.();
    assert.equal(await taken, name);
  };
  const [a, b, c, d] = [take('a'), take('b'), take('c'), take('d')];
  await assert.rejects(take('e'), { name: 'NotServed', code: 'busy' });
  assert.deepEqual(begun, ['a', 'b']);
  await end('b', b);
  assert.deepEqual(begun, ['a', 'b', 'c']);
  await end('a', a);
  await end('c', c);
  await end('d', d);
  assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
  await assert.rejects(
    turns.take(async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  assert.equal(await turns.take(async () => 'after a fault'), 'after a fault');
});
