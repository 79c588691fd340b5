import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toPem } from '../pem.js';

const run = promisify(execFile);

/** Runs the openssl program with certificates as PEM files; `{name}` in an argument stands for the file's path. */
export async function openssl(
  certificates: Readonly<Record<string, Uint8Array>>,
  ...args: readonly string[]
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-pki-'));
  try {
    for (const [name, der] of Object.entries(certificates)) {
      await writeFile(join(directory, name), toPem('CERTIFICATE', der));
    }
    const { stdout } = await run(
      'openssl',
      args.map((arg) => arg.replace(/\{(\w+)\}/, (_, name: string) => join(directory, name))),
    );
    return stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Lines of `openssl x509 -text`, without the blanks around them. */
export async function opensslText(certificate: Uint8Array): Promise<readonly string[]> {
  const text = await openssl(
    { it: certificate },
    'x509',
    '-in',
    '{it}',
    '-noout',
    '-text',
    '-nameopt',
    'RFC2253,utf8,-esc_msb',
  );
  return text.split('\n').map((line) => line.trim());
}

/** The line that follows a heading in `openssl x509 -text`. */
export function lineAfter(lines: readonly string[], heading: string): string | undefined {
  const index = lines.indexOf(heading);
  return index < 0 ? undefined : lines[index + 1];
}
