import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Tells one state of the migrations from another, as they stand compiled. */
export async function programDigest(): Promise<string> {
  const directory = fileURLToPath(new URL('../migrations', import.meta.url));
  const hash = createHash('sha256');
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.js')).sort();
  for (const name of files) hash.update(name).update(await readFile(join(directory, name)));
  return hash.digest('hex');
}
