import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `openssl cmp` as a server. What it cannot do (3.0.19): issue for the key in the request (`-rsp_cert` is what it answers with,
 * whatever was asked), serve two transactions at once, find a transaction again by a poll whose nonce is not that of its last
 * message, tell CA certificates (`genp` repeats the question), `-send_error` with a status of choice, listen on one address
 * alone. It wants the path `/pkix/`.
 */
export interface OpensslCmp extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts it on a free port.
 *
 * @param files - PEM by name; `{name}` in an argument stands for the file's path.
 */
export async function startOpensslCmp(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<OpensslCmp> {
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-cmp-'));
  for (const [name, pem] of Object.entries(files)) await writeFile(join(directory, name), pem, { mode: 0o600 });
  const paths = args.map((arg) => arg.replace(/\{(\w+)\}/, (_, name: string) => join(directory, name)));
  const server = spawn('openssl', ['cmp', '-config', '', '-port', '0', ...paths], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(server, 'close');
  const stop = async (): Promise<void> => {
    server.kill();
    await ended;
    await rm(directory, { recursive: true });
  };
  let told = '';
  server.stderr.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const port = await new Promise<string | undefined>((resolve) => {
    let text = '';
    server.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
      const found = /ACCEPT \S*:(\d+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => resolve(undefined));
  });
  if (port === undefined) {
    await stop();
    throw new Error(`openssl cmp did not start: ${told}`);
  }
  return { url: `http://127.0.0.1:${port}/pkix/`, [Symbol.asyncDispose]: stop };
}
