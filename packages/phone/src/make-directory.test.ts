import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeDirectory } from './make-directory.js';

/** What is to be kept where no directory can be made. It prints the code of each error. */
const keepThere = `
  import { generateKeyPair } from '@opencapf/pki';
  import { PhoneDirectory } from '@opencapf/phone';
  import { BootDirectory } from '@opencapf/phone/boot';
  import { KeyStock } from '@opencapf/phone/load';
  const key = await generateKeyPair({ kind: 'ec', size: 256 });
  for (const keep of [
    () => new PhoneDirectory('/proc/phones/of/one', 'SEP001122334455').keepRequestedKey(key),
    () => new BootDirectory('/proc/phones', 'SEP001122334455').keepMode(1),
    () => new KeyStock('/proc/phones').prepare(['SEP001122334455'], { kind: 'ec', size: 256 }),
  ]) await keep().then(() => console.log('kept'), ({ code, cause }) => console.log(code, cause.code));
`;

describe('a directory of a simulated phone', () => {
  it('is made with those above it, by several at once too', async () => {
    const place = await mkdtemp(join(tmpdir(), 'opencapf-made-'));
    const path = join(place, 'site', 'phones');
    await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(path)]);
    assert.ok((await stat(path)).isDirectory());
    await writeFile(join(place, 'file'), '');
    await assert.rejects(makeDirectory(join(place, 'file')), { code: 'EEXIST' });
    await assert.rejects(makeDirectory(join(place, 'file', 'phones')), { code: 'ENOTDIR' });
    await rm(place, { recursive: true });
  });

  it('is an error where none can be made, in a child of limited life', {
    skip: process.platform !== 'linux',
  }, async () => {
    const args = ['--input-type=module', '-e', keepThere];
    const child = { cwd: import.meta.dirname, timeout: 120_000, killSignal: 'SIGKILL' } as const;
    const { stdout } = await promisify(execFile)(process.execPath, args, child);
    const unusable = [
      'phone-directory-unusable ENOENT',
      'phone-directory-unusable ENOENT',
      'load-keys-unusable ENOENT',
    ];
    assert.deepEqual(stdout.trim().split('\n'), unusable);
  });
});
