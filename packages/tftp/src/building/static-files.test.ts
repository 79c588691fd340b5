import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LongFile } from './served-file.js';
import { StaticFiles } from './static-files.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251));

describe('long static files', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-static-'));
    await writeFile(join(directory, 'load.bin'), content);
    await writeFile(join(directory, 'short.xml'), '<short/>');
  });
  after(async () => await rm(directory, { recursive: true }));

  async function long(files: StaticFiles, path: string): Promise<LongFile> {
    const found = await files.read(path);
    assert.ok(found !== undefined && !(found.bytes instanceof Uint8Array), `${path} was read whole`);
    return found.bytes;
  }

  it('are read piece by piece, and short ones whole', async () => {
    const files = new StaticFiles(directory, 1_000_000);
    const { length, open } = await long(files, 'load.bin');
    assert.equal(length, content.length);
    const [one, other] = await Promise.all([open(), open()]);
    assert.deepEqual(await one.read(100_000, 100_010), content.subarray(100_000, 100_010));
    one.close();
    assert.deepEqual(await other.read(299_990, 300_000), content.subarray(299_990));
    other.close();
    assert.ok((await files.read('short.xml'))?.bytes instanceof Uint8Array);
  });

  it('are never put together from two: who reads goes on with the old one, who comes late is told to ask again', async () => {
    const files = new StaticFiles(directory, 1_000_000);
    const found = await long(files, 'load.bin');
    const reading = await found.open();
    await writeFile(join(directory, 'new'), content.toReversed());
    await rename(join(directory, 'new'), join(directory, 'load.bin'));
    assert.deepEqual(await reading.read(0, 10), content.subarray(0, 10));
    reading.close();
    await assert.rejects(found.open(), /replaced/);

    const second = await (await long(files, 'load.bin')).open();
    await truncate(join(directory, 'load.bin'), 5);
    await assert.rejects(second.read(0, 10), /shorter/);
    second.close();
  });
});
