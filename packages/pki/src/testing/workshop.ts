import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A directory in which the openssl program makes files for a test; gone with it. */
export class Workshop implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), 'opencapf-pki-')));
  }

  /** Runs openssl there; arguments are separated by single spaces. @returns standard output */
  async openssl(command: string): Promise<string> {
    return (await run('openssl', command.split(' '), { cwd: this.path })).stdout;
  }

  async read(name: string): Promise<Uint8Array> {
    return await readFile(join(this.path, name));
  }

  async write(name: string, content: Uint8Array | string): Promise<void> {
    await writeFile(join(this.path, name), content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
