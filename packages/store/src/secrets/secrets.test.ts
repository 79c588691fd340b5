import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { testDatabase } from '../testing/index.js';
import { checkSecretKey, loadSecretKey, SecretKey, sealedKeyId } from './index.js';

const one = new SecretKey(Buffer.alloc(32, 1));
const other = new SecretKey(Buffer.alloc(32, 2));
const unreadable = { code: 'sealed-value-unreadable' };

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-secrets-'));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('a sealed value opens in its place and nowhere else', () => {
  const places = fc.record({ table: fc.string(), row: fc.oneof(fc.nat(), fc.string()), column: fc.string() });
  fc.assert(
    fc.property(fc.uint8Array(), places, places, (secret, place, elsewhere) => {
      const sealed = one.seal(secret, place);
      assert.deepEqual(one.open(sealed, place), Buffer.from(secret));
      const same = ['table', 'row', 'column'].every(
        (part) => String(place[part as 'row']) === String(elsewhere[part as 'row']),
      );
      if (!same) assert.throws(() => one.open(sealed, elsewhere), unreadable);
      assert.throws(() => other.open(sealed, place), unreadable);
    }),
  );
});

test('names that run together do not stand for each other', () => {
  const sealed = one.seal(Buffer.from('x'), { table: 'ab', row: 'c', column: 'd' });
  assert.throws(() => one.open(sealed, { table: 'a', row: 'bc', column: 'd' }), unreadable);
  assert.throws(() => one.open(sealed, { table: 'ab', row: 'c,1:d', column: '' }), unreadable);
});

test('a sealed value with any bit changed or any part missing does not open', () => {
  const place = { table: 'operation', row: 1, column: 'authentication_string' };
  const sealed = one.seal(Buffer.from('12345678'), place);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => one.open(changed, place), unreadable);
  }
  for (let length = 0; length < sealed.length; length += 1) {
    assert.throws(() => one.open(sealed.subarray(0, length), place), unreadable);
  }
});

test('a sealed value names its key, and sealing again gives other bytes', () => {
  const place = { table: 't', row: 1, column: 'c' };
  const sealed = one.seal(Buffer.from('x'), place);
  assert.equal(sealedKeyId(sealed), one.id);
  assert.notEqual(one.id, other.id);
  assert.notDeepEqual(one.seal(Buffer.from('x'), place), sealed);
});

test('a key does not show itself', () => {
  const secret = Buffer.alloc(32, 1);
  for (const shown of [inspect(one, { depth: 9, showHidden: true }), JSON.stringify({ one }), String(one)]) {
    assert.ok(!shown.includes(secret.toString('base64')) && !shown.includes(secret.toString('hex')), shown);
    assert.ok(!shown.includes('01 01 01 01'), shown);
  }
});

test('a key of the wrong form is refused', () => {
  const good = Buffer.alloc(32, 7).toString('base64');
  assert.equal(SecretKey.parse(` ${good}\n`).id, SecretKey.parse(good).id);
  for (const wrong of [
    '',
    'short',
    good.slice(4),
    `${good}AAAA`,
    good.replace('B', '!'),
    Buffer.alloc(32).toString('hex'),
  ]) {
    assert.throws(() => SecretKey.parse(wrong), { code: 'secret-key-invalid', message: /OPENCAPF_SECRET_KEY/ });
  }
});

test('of many that make the key file at once, all get the same key, for its owner alone', async () => {
  await inDirectory(async (directory) => {
    const keys = await Promise.all(Array.from({ length: 8 }, async () => await loadSecretKey(undefined, directory)));
    assert.equal(new Set(keys.map(({ id }) => id)).size, 1);
    assert.deepEqual(await readdir(directory), ['secret.key']);
    assert.equal((await stat(join(directory, 'secret.key'))).mode & 0o777, 0o600);
    assert.equal((await loadSecretKey(undefined, directory)).id, keys[0]?.id);
    const text = await readFile(join(directory, 'secret.key'), 'utf8');
    assert.equal((await loadSecretKey(text, '/nowhere')).id, keys[0]?.id);
  });
});

test('a key file that cannot be used is told, and never replaced', async () => {
  await inDirectory(async (directory) => {
    await writeFile(join(directory, 'secret.key'), 'nonsense');
    await assert.rejects(loadSecretKey(undefined, directory), { code: 'secret-key-invalid' });
    assert.equal(await readFile(join(directory, 'secret.key'), 'utf8'), 'nonsense');
    await assert.rejects(loadSecretKey(undefined, join(directory, 'missing')), { code: 'secret-key-file-unusable' });
  });
});

test('the first node decides about the key, and a node with another is refused', async () => {
  await using database = await testDatabase();
  const racers = await Promise.allSettled(
    [one, other, one, other].map(async (key) => await checkSecretKey(database.database, key)),
  );
  assert.equal(racers.filter(({ status }) => status === 'fulfilled').length, 2);
  const winner = racers[0]?.status === 'fulfilled' ? one : other;
  const loser = winner === one ? other : one;
  await checkSecretKey(database.database, winner);
  await assert.rejects(checkSecretKey(database.database, loser), {
    code: 'secret-key-mismatch',
    message: /OPENCAPF_SECRET_KEY/,
  });
});
