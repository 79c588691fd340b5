import { randomBytes } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { ServiceBody } from '../service-client.js';
import type { Surroundings, Terminal } from '../surroundings.js';

/** A file that was named, or undefined where none was. What keeps it from being read is told; the exit status is 2 then. */
export async function readNamed(
  { typedIn, terminal }: Surroundings,
  name: string | undefined,
): Promise<Buffer | undefined | 'unreadable'> {
  if (name === undefined) return undefined;
  const path = resolve(typedIn, name);
  try {
    return await readFile(path);
  } catch (fault) {
    terminal.exitCode = 2;
    terminal.stderr.write(`opencapf: cannot read ${path}: ${(fault as NodeJS.ErrnoException).code}\n`);
    return 'unreadable';
  }
}

/** Certificates of a file as the service takes them. Undefined when it cannot be read, which is told; the exit status is 2 then. */
export async function readUpload(surroundings: Surroundings, name: string): Promise<ServiceBody | undefined> {
  const content = await readNamed(surroundings, name);
  if (content === undefined || content === 'unreadable') return undefined;
  const types: Readonly<Record<string, string>> = {
    '.p7b': 'application/pkcs7-mime',
    '.der': 'application/pkix-cert',
    '.zip': 'application/zip',
  };
  return { type: types[extname(name).toLowerCase()] ?? 'application/x-pem-file', content };
}

/** Writes a file. What keeps it from being written is told; the exit status is 2 then. */
export async function writeOut(path: string, content: string | Uint8Array, terminal: Terminal): Promise<void> {
  await telling(path, terminal, async () => await writeFile(path, content));
}

/** The same for what holds passwords or keys: its owner alone may read it, whatever stood there before. */
export async function writeSecret(path: string, content: string | Uint8Array, terminal: Terminal): Promise<void> {
  await telling(path, terminal, async () => {
    const place = await existing(path);
    // A terminal or a pipe, which cannot be put in another's place.
    if (place !== undefined && !place.isFile) return await writeFile(path, content);
    const target = place?.path ?? path;
    const written = `${target}.${randomBytes(6).toString('hex')}`;
    try {
      await writeFile(written, content, { mode: 0o600, flag: 'wx' });
      await rename(written, target);
    } catch (fault) {
      await rm(written, { force: true });
      throw fault;
    }
  });
}

/** What stands at a path, behind links; undefined where nothing does. */
async function existing(path: string): Promise<{ readonly path: string; readonly isFile: boolean } | undefined> {
  try {
    return { path: await realpath(path), isFile: (await stat(path)).isFile() };
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault;
  }
}

async function telling(path: string, terminal: Terminal, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (fault) {
    terminal.exitCode = 2;
    terminal.stderr.write(`opencapf: cannot write ${path}: ${(fault as NodeJS.ErrnoException).code}\n`);
  }
}
