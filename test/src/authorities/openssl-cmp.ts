import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInOwnNetwork } from '../support/own-network.js';

/**
 * `openssl cmp` as a server. What it cannot do (3.0.19): issue for the key in the request (`-rsp_cert` is what it answers with,
 * whatever was asked), serve two transactions at once, find a transaction again by a poll whose nonce is not that of its last
 * message, tell CA certificates (`genp` repeats the question), `-send_error` with a status of choice, listen on one address
 * alone: so it has a network of its own. It wants the path `/pkix/`.
 */
export interface OpensslCmp extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts it, to be reached at a free port of 127.0.0.1.
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
  try {
    const server = await startInOwnNetwork(
      'openssl',
      ['cmp', '-config', '', '-port', '0', ...paths],
      /ACCEPT \S*:(\d+)/,
    );
    return {
      url: `http://127.0.0.1:${server.port}/pkix/`,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await rm(directory, { recursive: true });
      },
    };
  } catch (fault) {
    await rm(directory, { recursive: true });
    throw fault;
  }
}
