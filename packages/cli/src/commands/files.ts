import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ServiceBody } from '../service-client.js';

/** Certificates of a file as the service takes them. Undefined when it cannot be read, which is told; the exit status is 2 then. */
export async function readUpload(path: string): Promise<ServiceBody | undefined> {
  try {
    const content = await readFile(path);
    const types: Readonly<Record<string, string>> = {
      '.p7b': 'application/pkcs7-mime',
      '.der': 'application/pkix-cert',
    };
    return { type: types[extname(path).toLowerCase()] ?? 'application/x-pem-file', content };
  } catch (fault) {
    process.exitCode = 2;
    process.stderr.write(`opencapf: cannot read ${path}: ${(fault as NodeJS.ErrnoException).code}\n`);
    return undefined;
  }
}

/** Writes a file. What keeps it from being written is told; the exit status is 2 then. */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (fault) {
    process.exitCode = 2;
    process.stderr.write(`opencapf: cannot write ${path}: ${(fault as NodeJS.ErrnoException).code}\n`);
  }
}
