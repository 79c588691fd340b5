import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../errors.js';
import { SecretKey } from './secret-key.js';

/**
 * The secret key: the given one, else the one in `secret.key` of the data directory, which is made (mode 0600) when it
 * is missing. Of several processes that make it at once, all get the same.
 *
 * @param given the value of `OPENCAPF_SECRET_KEY`, base64
 * @param dataDir an existing directory
 * @throws StoreError `secret-key-invalid`, `secret-key-file-unusable`
 */
export async function loadSecretKey(
  given: string | undefined,
  dataDir: string,
  random: (size: number) => Buffer = randomBytes,
): Promise<SecretKey> {
  if (given !== undefined) return SecretKey.parse(given, random);
  const path = join(dataDir, 'secret.key');
  try {
    const kept = await readIfThere(path);
    if (kept !== undefined) return SecretKey.parse(kept, random);
    const draft = `${path}.${process.pid}-${random(6).toString('hex')}`;
    try {
      await writeDraft(draft, random(32).toString('base64'));
      // A link appears complete or not at all, and never takes the place of another process's key.
      await link(draft, path).catch((fault: NodeJS.ErrnoException) => {
        if (fault.code !== 'EEXIST') throw fault;
      });
    } finally {
      await rm(draft, { force: true });
    }
    return SecretKey.parse(await readFile(path, 'utf8'), random);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError('secret-key-file-unusable', path, { cause });
  }
}

/**
 * Puts a secret key in the place of the one in `secret.key` of the data directory: all of it or nothing.
 *
 * @param text base64
 * @throws StoreError `secret-key-file-unusable`
 */
export async function replaceSecretKeyFile(dataDir: string, text: string): Promise<void> {
  const path = join(dataDir, 'secret.key');
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    await writeDraft(draft, text.trim());
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new StoreError('secret-key-file-unusable', path, { cause });
  }
}

async function writeDraft(draft: string, text: string): Promise<void> {
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'ENOENT') return undefined;
    throw fault;
  });
}
