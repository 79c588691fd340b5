import assert from 'node:assert/strict';
import { createPublicKey, sign, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkPublicKey, type KeyType } from '@opencapf/pki';
import { PhoneError } from '../errors.js';
import { KeyStock } from './key-stock.js';
import type { Making } from './key-supply.js';
import { primesFor } from './shared-primes.js';

const rsa: KeyType = { kind: 'rsa', size: 1024 };
const ec: KeyType = { kind: 'ec', size: 256 };
const names = Array.from({ length: 7 }, (_, index) => `SEP00000000000${index}`);

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'opencapf-keys-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

async function spkis(stock: KeyStock, type: KeyType): Promise<readonly string[]> {
  const keys = await Promise.all(names.map((name) => stock.keyFor(name, type)));
  return keys.map((key) => Buffer.from(key?.spki ?? []).toString('base64'));
}

describe('keys made before a load', () => {
  for (const type of [rsa, { kind: 'rsa', size: 2048 }, ec] as const) {
    it(`are sound, whole and one a phone: ${type.kind} ${type.size}`, async () => {
      const stock = new KeyStock();
      await stock.prepare(names, type);
      assert.equal(new Set(await spkis(stock, type)).size, names.length);
      for (const name of names) {
        const key = await stock.keyFor(name, type);
        assert.ok(key);
        const checked = checkPublicKey(key.spki, type, { minRsaBits: 1024, forbiddenKeys: new Set() });
        assert.ok(checked.ok, checked.ok ? '' : checked.reason);
        const publicKey = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
        const signature = sign('sha256', Buffer.from(name), key.privateKey);
        assert.ok(verify('sha256', Buffer.from(name), publicKey, signature));
      }
      assert.equal(stock.madeLate, 0);
    });

    it(`are kept for the next run, which adds only what is missing: ${type.kind} ${type.size}`, async (t) => {
      const kept = await directory(t);
      const first = new KeyStock(kept);
      await first.prepare(names.slice(0, 4), type);
      const second = new KeyStock(kept);
      const makings: Making[] = [];
      await second.prepare(names.slice(0, 4), type, (making) => makings.push(making));
      assert.deepEqual(makings, []);
      await second.prepare(names, type);
      const third = await spkis(second, type);
      assert.deepEqual(third.slice(0, 4), (await spkis(first, type)).slice(0, 4));
      const [file = ''] = await readdir(kept);
      assert.equal((await stat(join(kept, file))).mode & 0o777, 0o600);
    });
  }

  it('say how far their making has come', async () => {
    const makings: Making[] = [];
    await new KeyStock().prepare(names, rsa, (making) => makings.push(making));
    assert.deepEqual(makings.at(-1), { made: primesFor(7), of: primesFor(7) });
  });

  it('of another type are made when they are asked for, and counted', async () => {
    const stock = new KeyStock();
    await stock.prepare(names, rsa);
    assert.deepEqual((await stock.keyFor('SEP000000000000', ec))?.type, ec);
    assert.equal(stock.madeLate, 1);
    assert.equal(await stock.keyFor('SEP000000000000', { kind: 'rsa', size: 1 }), undefined);
  });

  for (const [what, content] of [
    ['no JSON', 'x'],
    ['other JSON', '{"primes":5}'],
    ['primes of another size', '{"primes":["b","d"],"names":["SEP000000000000"]}'],
    ['too few primes', '{"primes":[],"names":["SEP000000000000"]}'],
  ] as const) {
    it(`are not taken from a file that holds ${what}, which stays as it is`, async (t) => {
      const kept = await directory(t);
      const file = join(kept, 'rsa-1024.json');
      await writeFile(file, content);
      await assert.rejects(
        new KeyStock(kept).prepare(names, rsa),
        (fault) => fault instanceof PhoneError && fault.code === 'load-keys-unusable',
      );
      assert.equal(await readFile(file, 'utf8'), content);
    });
  }

  it('cannot be kept where no directory can be made', async (t) => {
    const kept = await directory(t);
    await writeFile(join(kept, 'file'), '');
    await assert.rejects(
      new KeyStock(join(kept, 'file')).prepare(names, ec),
      (fault) => fault instanceof PhoneError && fault.code === 'load-keys-unusable',
    );
  });
});

describe('primes for a load', () => {
  it('are as few as give so many keys', () => {
    for (let keys = 1; keys < 2_000; keys += 1) {
      const primes = primesFor(keys);
      assert.ok((primes * (primes - 1)) / 2 >= keys, `${keys}`);
      assert.ok(((primes - 1) * (primes - 2)) / 2 < keys, `${keys}`);
    }
  });
});
