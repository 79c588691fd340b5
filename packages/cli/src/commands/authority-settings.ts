import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { askSecret, PromptGivenUp } from './secret-prompt.js';

/** What the options of {@link withAuthoritySettings} say. */
export interface SettingOptions {
  readonly config?: string;
  readonly url?: string;
  readonly template?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly secretFile?: readonly NamedFile[];
  readonly ask?: readonly string[];
  readonly httpsTrust?: string;
  readonly lscTrust?: string;
  readonly keyPath?: string;
  readonly pkcs11Module?: string;
  readonly token?: string;
  readonly slot?: number;
  readonly keyLabel?: string;
  readonly keyId?: string;
  readonly passphraseFile?: string | undefined;
  readonly pinFile?: string;
}

interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** What is told of an authority, as the service takes it. */
export interface GivenSettings {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** PEM. */
  readonly lscTrust: string | undefined;
}

/** What keeps a file that was named from being used, or a question from being answered. */
class Unusable extends Error {}

/** The options with which an authority is described. Secrets come from files, the environment or a terminal, never from arguments. */
export function withAuthoritySettings(command: Command): Command {
  return command
    .option('--config <file>', 'JSON of its settings (docs/authorities.md); - for standard input')
    .option('--url <url>', 'where it is asked')
    .option('--template <name>', 'of adcs: the certificate template')
    .option('--username <name>', 'login')
    .option('--password-file <file>', 'holds the password; else OPENCAPF_AUTHORITY_PASSWORD does')
    .addOption(
      new Option(
        '--secret-file <name=file>',
        'holds another secret, such as secret=mac.txt or clientKey=client.key; may be given several times',
      ).argParser(namedFile),
    )
    .addOption(
      new Option(
        '--ask <secret>',
        'ask for this secret on the terminal, such as pin; may be given several times',
      ).argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]),
    )
    .option('--https-trust <file>', 'PEM of who vouches for its HTTPS certificate')
    .option('--lsc-trust <file>', 'PEM of the certificate that LSCs are signed by, and of those above it')
    .option('--key-path <path>', 'of local: its key stays in this file on each node, PEM or PKCS#12')
    .option('--pkcs11-module <path>', 'of local: its key stays in an HSM; the PKCS#11 module on each node')
    .option('--token <label>', 'of the HSM: label of the token')
    .addOption(new Option('--slot <number>', 'of the HSM: slot, instead of --token').argParser(slotNumber))
    .option('--key-label <label>', 'of the HSM: label of the private key')
    .option('--key-id <hex>', 'of the HSM: id of the private key, instead of or beside --key-label')
    .option('--passphrase-file <file>', 'holds the passphrase of the key file; else OPENCAPF_AUTHORITY_PASSPHRASE does')
    .option('--pin-file <file>', 'holds the PIN of the token; else OPENCAPF_AUTHORITY_PIN does');
}

/**
 * What the options say, files read.
 *
 * @param wanted - secrets that belong to what is described: asked for on a terminal where nothing says them
 * @returns undefined when something is of no use, which is told; the exit status is 2 then
 */
export async function givenSettings(
  surroundings: Surroundings,
  options: SettingOptions,
  wanted: readonly AskedSecret[] = [],
): Promise<GivenSettings | undefined> {
  const { terminal, typedIn } = surroundings;
  const read = async (path: string): Promise<Buffer> => await readOrTell(resolve(typedIn, path));
  const text = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : (await read(path)).toString();
  try {
    const { url, template, username } = options;
    const configuration = {
      ...(await jsonObject(surroundings, options.config)),
      ...present({ url, template, username, httpsTrustAnchors: await text(options.httpsTrust) }),
      ...present({ location: locationOf(options) }),
    };
    const secrets: Record<string, string> = {};
    const files = [
      ...(options.secretFile ?? []),
      ...Object.entries(
        present({ password: options.passwordFile, passphrase: options.passphraseFile, pin: options.pinFile }),
      ).map(([name, path]) => ({ name, path })),
    ];
    for (const { name, path } of files) secrets[name] = (await read(path)).toString().replace(/\r?\n$/, '');
    for (const { name, variable } of wanted) {
      const value = variable === undefined ? undefined : terminal.env[variable];
      if (secrets[name] === undefined && value !== undefined && value !== '') secrets[name] = value;
    }
    const asked = [...wanted.filter(({ name }) => secrets[name] === undefined), ...(options.ask ?? []).map(askFor)];
    for (const { name, question } of asked) {
      const answer = await askSecret(terminal, question);
      if (answer !== undefined && answer !== '') secrets[name] = answer;
    }
    return { configuration, secrets, lscTrust: await text(options.lscTrust) };
  } catch (fault) {
    if (!(fault instanceof Unusable) && !(fault instanceof PromptGivenUp)) throw fault;
    terminal.exitCode = 2;
    terminal.stderr.write(`opencapf: ${fault.message}\n`);
    return undefined;
  }
}

/** A secret that somebody is asked for. */
export interface AskedSecret {
  readonly name: string;
  readonly question: string;
  /** Of the environment, which is looked at first. */
  readonly variable?: string;
}

/** Those that go with what the options describe. */
export function secretsWanted(
  { username, keyPath, pkcs11Module }: SettingOptions,
  keyFile?: string,
): readonly AskedSecret[] {
  const password = { name: 'password', question: 'Password of the login', variable: 'OPENCAPF_AUTHORITY_PASSWORD' };
  const passphrase = {
    name: 'passphrase',
    question: 'Passphrase of the key file (none: press Enter)',
    variable: 'OPENCAPF_AUTHORITY_PASSPHRASE',
  };
  const pin = { name: 'pin', question: 'PIN of the token', variable: 'OPENCAPF_AUTHORITY_PIN' };
  return [
    ...(username === undefined ? [] : [password]),
    ...((keyPath ?? keyFile) === undefined ? [] : [passphrase]),
    ...(pkcs11Module === undefined ? [] : [pin]),
  ];
}

function askFor(name: string): AskedSecret {
  return { name, question: `Secret "${name}"` };
}

function locationOf(options: SettingOptions): object | undefined {
  const { keyPath, pkcs11Module, token, slot, keyLabel, keyId } = options;
  if (keyPath !== undefined && pkcs11Module !== undefined) {
    throw new Unusable('the key lies in a file (--key-path) or in an HSM (--pkcs11-module), not in both');
  }
  if (keyPath !== undefined) return { kind: 'file', path: keyPath };
  const within = present({ tokenLabel: token, slot, keyLabel, keyId });
  if (pkcs11Module !== undefined) return { kind: 'pkcs11', module: pkcs11Module, ...within };
  if (Object.keys(within).length > 0) throw new Unusable('an HSM is named by --pkcs11-module');
  return undefined;
}

async function jsonObject({ terminal, typedIn }: Surroundings, path: string | undefined): Promise<object> {
  if (path === undefined) return {};
  const content = path === '-' ? await text(terminal.stdin) : (await readOrTell(resolve(typedIn, path))).toString();
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

/** @throws InvalidArgumentError */
function namedFile(value: string, before: readonly NamedFile[] | undefined): readonly NamedFile[] {
  const [, name, path] = /^([A-Za-z]+)=(.+)$/s.exec(value) ?? [];
  if (name === undefined || path === undefined) throw new InvalidArgumentError('It must be a name, "=" and a file.');
  return [...(before ?? []), { name, path }];
}

/** @throws InvalidArgumentError */
function slotNumber(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It must be a number.');
  return Number(value);
}

/** Without what was not given. */
export function present<Value>(given: Readonly<Record<string, Value | undefined>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}
