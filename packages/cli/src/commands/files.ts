import { readFile, writeFile } from 'node:fs/promises';
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
export async function writeOut(
  path: string,
  content: string | Uint8Array,
  terminal: Terminal,
  mode = 0o666,
): Promise<void> {
  try {
    await writeFile(path, content, { mode });
  } catch (fault) {
    terminal.exitCode = 2;
    terminal.stderr.write(`opencapf: cannot write ${path}: ${(fault as NodeJS.ErrnoException).code}\n`);
  }
}
