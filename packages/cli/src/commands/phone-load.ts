import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { asPhonesDo, createPhoneTls } from '@opencapf/phone';
import {
  deviceNames,
  equipPhones,
  type FinishedLoad,
  KeyStock,
  KeyTime,
  type LoadPhone,
  type LoadSettings,
  runLoad,
} from '@opencapf/phone/load';
import { Command, Option } from 'commander';
import { fetchTrust } from '../scenario-target.js';
import { connectToService, type ServiceClient } from '../service-client.js';
import type { Surroundings } from '../surroundings.js';
import {
  contradiction,
  countOption,
  loadAuthentications,
  loadKeys,
  mixOption,
  namesOption,
  type PhoneLoadOptions,
  rateOption,
  readFactory,
} from './phone-load-options.js';
import { LoadProgressBar } from './phone-load-progress.js';
import { loadReport } from './phone-load-report.js';
import {
  hostOption,
  portOption,
  readAuthString,
  retriesOption,
  timeoutOption,
  tlsVersions,
  trustOption,
} from './phone-options.js';

/** For scripts. Stable. */
const exitStatus = { done: 0, failed: 1, unusable: 2 } as const;

/** `opencapf phone load`: many simulated phones at once, and what it was like for them. */
export function phoneLoadCommand(surroundings: Surroundings): Command {
  const { typedIn } = surroundings;
  return new Command('load')
    .description('let many phones come to a CAPF service, and say how long it took them')
    .option('--host <host>', 'name or address of the CAPF service; with --queue that of OPENCAPF_SERVER', hostOption)
    .option('--port <port>', "the phones' port", portOption, 3804)
    .option('--count <phones>', 'how many phones come (default: 100)', countOption)
    .option('--first <name>', 'name of the first phone; the others count up from it', 'SEP10AD00000000')
    .option(
      '--names <file>',
      'instead: their names, one a line, and behind it the authentication string',
      namesOption(typedIn),
    )
    .option('--concurrency <phones>', 'how many are there at once, at most', countOption, 64)
    .option('--rate <phones>', 'how many come a second, whether or not those before are done', rateOption)
    .option('--hold <seconds>', 'how long each spends in key generation', timeoutOption)
    .option(
      '--in-progress-every <seconds>',
      'how often it says REQUEST_IN_PROGRESS meanwhile (default: once, before)',
      timeoutOption,
    )
    .option('--queue', 'create the devices and queue their operations first, over OPENCAPF_SERVER with OPENCAPF_TOKEN')
    .option('--mix <errands>', 'with --queue: what they come for, by weight (default: install=100)', mixOption)
    .addOption(
      new Option('--auth <mode>', 'how the phones prove themselves').choices(loadAuthentications).default('none'),
    )
    .option('--auth-string <string>', 'one authentication string for all; "-" reads standard input')
    .option(
      '--mic-ca-cert <file>',
      'who makes their MICs, PEM or DER; must be in the CAPF trust store; with --mic-ca-key',
    )
    .option('--mic-ca-key <file>', 'its private key, PEM, not encrypted')
    .addOption(
      new Option('--key <type>', 'the key to make before, and with --queue to ask for')
        .choices(Object.keys(loadKeys))
        .default('rsa-2048'),
    )
    .option('--keys <dir>', 'where keys are kept, so that the next run with these phones starts at once')
    .option(
      '--capf-cert <file>',
      'the CAPF certificate to trust, PEM or DER; with --queue the service is asked',
      trustOption(typedIn),
    )
    .addOption(new Option('--version <version>', 'protocol version of the phones').choices(['2', '3']).default('3'))
    .addOption(new Option('--tls <version>', 'the only TLS version to speak').choices(tlsVersions))
    .addOption(
      new Option('--timeout <seconds>', 'how long a phone waits for each answer')
        .argParser(timeoutOption)
        .default(10_000, '10'),
    )
    .option('--retries <times>', 'how often a phone comes again after a communication failure', retriesOption, 0)
    .addOption(
      new Option('--retry-pause <seconds>', 'how long it waits before it does')
        .argParser(timeoutOption)
        .default(asPhonesDo.pauseMs, '30'),
    )
    .option('--failed <file>', 'write the names of the phones that failed, for --names')
    .option('--json', 'one JSON object on standard output, for scripts')
    .addHelpText('after', `\n${help}`)
    .action(async (options: PhoneLoadOptions) => {
      try {
        process.exitCode = await load(options, surroundings);
      } catch (fault) {
        warn(wordsOf(fault));
        process.exitCode = exitStatus.unusable;
      }
    });
}

const help = `Exit status: 0 when every phone got what it came for, 1 when one did not or the load was broken off (Ctrl-C), 2 when it
was not begun.

Without --rate the next phone comes when one has left: a slow server is asked less, and its times look better than they are.
With --rate phones come as they are due, and the time of each counts from then on, however late it could come. The time of
its own key generation is not in it. docs/load.md says more.

Examples:
  OPENCAPF_TOKEN=... opencapf phone load --queue --count 1000 --concurrency 64 --keys keys
  OPENCAPF_TOKEN=... opencapf phone load --queue --count 5000 --rate 50 --mix install=80,troubleshoot=10,keysync=10 --json
  opencapf phone load --host 192.0.2.1 --capf-cert capf.pem --names phones.txt --hold 600 --concurrency 10000`;

async function load(options: PhoneLoadOptions, surroundings: Surroundings): Promise<number> {
  const wrong = contradiction(options) ?? tooManyFor(options.concurrency);
  if (wrong !== undefined) {
    warn(wrong);
    return exitStatus.unusable;
  }
  const client = options.queue ? connectToService(surroundings) : undefined;
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('broken off before a phone came'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const bar = new LoadProgressBar();
  try {
    const keys = new KeyStock(options.keys && resolve(surroundings.typedIn, options.keys));
    using keyTime = options.hold === undefined ? undefined : holding(options.hold, options.inProgressEvery);
    const visit = await visitSettings(options, keys, client, interrupted.signal);
    const phones = await equip(options, surroundings, visit, keys, client, bar);
    const finished = await runLoad(phones, {
      ...visit,
      keyTime: keyTime?.pass,
      watch: (progress) => bar.visits(progress, phones.length),
    });
    bar.end();
    return await tell(finished, options, `${visit.host}:${visit.port}`, keys.madeLate, surroundings.typedIn);
  } finally {
    bar.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await client?.close();
  }
}

function holding(milliseconds: number, progressMs: number | undefined): KeyTime {
  return new KeyTime({ milliseconds, progressMs });
}

async function visitSettings(
  options: PhoneLoadOptions,
  keys: KeyStock,
  client: ServiceClient | undefined,
  signal: AbortSignal,
): Promise<LoadSettings> {
  const { host, port, capfCert, tls: version, version: protocol, timeout: timeoutMs, concurrency, rate } = options;
  const trust = capfCert ?? (client && (await fetchTrust(client)));
  if (trust === undefined) warn("without --capf-cert the server's certificate is not verified");
  return {
    host: host ?? new URL(client?.server ?? '').hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: createPhoneTls({ trust, version }),
    version: protocol === '2' ? 2 : 3,
    timeoutMs,
    comesAgain: { times: options.retries, pauseMs: options.retryPause },
    concurrency,
    ratePerSecond: rate,
    signal,
    keyFor: (name, type) => keys.keyFor(name, type),
  };
}

async function equip(
  options: PhoneLoadOptions,
  { typedIn }: Surroundings,
  visit: LoadSettings,
  keys: KeyStock,
  client: ServiceClient | undefined,
  bar: LoadProgressBar,
): Promise<readonly LoadPhone[]> {
  const { names, first, count = 100, auth: authentication, key, micCaCert, micCaKey, mix = { install: 1 } } = options;
  const authString = await readAuthString(options.authString, process.env, process.stdin);
  const phones = (names ?? deviceNames(first, count).map((name) => ({ name }))).map((phone) => ({
    authString,
    ...phone,
  }));
  const factory =
    micCaCert === undefined || micCaKey === undefined ? undefined : readFactory(micCaCert, micCaKey, typedIn);
  const orders = client && { request: client.request, mix };
  const watch: LoadProgressBar['making'] = (what, making) => {
    visit.signal?.throwIfAborted();
    bar.making(what, making);
  };
  return await equipPhones({ phones, authentication, key: loadKeys[key], keys, factory, orders, visit, watch });
}

async function tell(
  { result, failedNames }: FinishedLoad,
  options: PhoneLoadOptions,
  whereTo: string,
  madeLate: number,
  typedIn: string,
): Promise<number> {
  const { failed: file, json, concurrency, rate, hold, mix, auth, key } = options;
  const written = file === undefined || (await writeNames(resolve(typedIn, file), failedNames));
  const isDone = written && result.failed === 0 && result.brokenOff === 0;
  const status = isDone ? exitStatus.done : exitStatus.failed;
  const asked = { service: whereTo, concurrency, rate: rate ?? null, holdMs: hold ?? 0, mix: mix ?? null, auth, key };
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ...asked, exitStatus: status, ...result, keysMadeLate: madeLate }, null, 2)}\n`,
    );
  } else process.stdout.write(loadReport(result, whereTo, madeLate));
  return status;
}

async function writeNames(file: string, names: readonly string[]): Promise<boolean> {
  try {
    await writeFile(file, names.map((name) => `${name}\n`).join(''));
    return true;
  } catch (fault) {
    warn(wordsOf(fault));
    return false;
  }
}

/** Each phone needs a descriptor, and the process has others; Node has raised its limit as far as it may. */
function tooManyFor(concurrency: number): string | undefined {
  const spare = 64;
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limitsOfProcess()) ?? [];
  if (limit === undefined || concurrency + spare <= Number(limit)) return undefined;
  return `this process may open ${limit} files, too few for --concurrency ${concurrency}; raise it (ulimit -n) or let fewer be there at once`;
}

function limitsOfProcess(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return ''; // not Linux: what is too much shows when it is reached
  }
}

function wordsOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

function warn(what: string): void {
  process.stderr.write(`opencapf: ${what}\n`);
}
