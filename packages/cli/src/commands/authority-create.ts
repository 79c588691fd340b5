import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { authorityLine } from './authority-line.js';
import { accepted, withService } from './with-service.js';

interface CreateOptions {
  readonly config?: string;
  readonly url?: string;
  readonly template?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly httpsTrust?: string;
  readonly lscTrust?: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
  readonly json?: true;
}

/** What keeps a file that was named from being used. */
class Unusable extends Error {}

/** `opencapf authority create`: secrets come from files or the environment, never from arguments, which others can see. */
export function authorityCreateCommand(surroundings: Surroundings): Command {
  return new Command('create')
    .description('create an authority; it is staged until "opencapf authority activate"')
    .argument('<kind>', 'local, est, adcs, cmp or offline')
    .argument('<name>', 'how it is called from now on')
    .option('--config <file>', 'JSON of its settings (docs/authorities.md); - for standard input')
    .option('--url <url>', 'where it is asked')
    .option('--template <name>', 'of adcs: the certificate template')
    .option('--username <name>', 'login')
    .option('--password-file <file>', 'holds the password; else OPENCAPF_AUTHORITY_PASSWORD does')
    .option('--https-trust <file>', 'PEM of who vouches for its HTTPS certificate')
    .option('--lsc-trust <file>', 'PEM of the certificate that LSCs are signed by, and of those above it')
    .option('--key-file <file>', 'of local: PEM or PKCS#12 with key and certificate; a key is made without it')
    .option('--passphrase-file <file>', 'holds the passphrase of the key file')
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
Examples:
  opencapf authority create offline "By hand" --lsc-trust ca.pem
  opencapf authority create adcs "Site CA" --url https://ca.example.com --template CiscoRA \\
    --username capf@example.com --password-file password.txt --https-trust root.pem --lsc-trust issuing.pem
  opencapf authority create local Next --key-file issuer.p12 --passphrase-file passphrase.txt`,
    )
    .action(async (kind: string, name: string, options: CreateOptions) => {
      const content = await bodyOf(surroundings.typedIn, kind, name, options);
      if (content === undefined) return;
      await withService(surroundings, async (client) => {
        const body = { type: 'application/json', content: JSON.stringify(content) };
        const made = accepted(await client.request('POST', '/v1/authorities', body));
        process.stdout.write(options.json ? `${JSON.stringify(made)}\n` : `${authorityLine(made)}\n`);
      });
    });
}

/** Undefined when a file is of no use, which is told; the exit status is 2 then. */
async function bodyOf(
  typedIn: string,
  kind: string,
  name: string,
  options: CreateOptions,
): Promise<object | undefined> {
  const read = async (path: string | undefined): Promise<Buffer | undefined> =>
    path === undefined ? undefined : await readOrTell(resolve(typedIn, path));
  const line = async (path: string | undefined): Promise<string | undefined> =>
    (await read(path))?.toString().replace(/\r?\n$/, '');
  try {
    const { url, template, username } = options;
    const httpsTrustAnchors = (await read(options.httpsTrust))?.toString();
    const password = (await line(options.passwordFile)) ?? process.env['OPENCAPF_AUTHORITY_PASSWORD'];
    const keyFile = (await read(options.keyFile))?.toString('base64');
    const passphrase = await line(options.passphraseFile);
    const given = await settingsOf(typedIn, options.config);
    return {
      name,
      kind,
      configuration: { ...given, ...present({ url, template, username, httpsTrustAnchors }) },
      secrets: present({ password: username === undefined ? undefined : password, keyFile, passphrase }),
      ...present({ lscTrust: (await read(options.lscTrust))?.toString() }),
    };
  } catch (fault) {
    if (!(fault instanceof Unusable)) throw fault;
    process.exitCode = 2;
    process.stderr.write(`opencapf: ${fault.message}\n`);
    return undefined;
  }
}

async function settingsOf(typedIn: string, path: string | undefined): Promise<object> {
  if (path === undefined) return {};
  const content = path === '-' ? await text(process.stdin) : (await readOrTell(resolve(typedIn, path))).toString();
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Told below: what stands in it may be a secret.
  }
  throw new Unusable(`--config ${path} is no JSON object`);
}

async function readOrTell(path: string): Promise<Buffer> {
  return await readFile(path).catch((fault: NodeJS.ErrnoException) => {
    throw new Unusable(`cannot read ${path}: ${fault.code}`);
  });
}

function present(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
