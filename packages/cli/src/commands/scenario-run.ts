import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  junitReport,
  readScenarioFile,
  resultsAsJson,
  resultText,
  runScenario,
  type ScenarioFile,
  ScenarioFileError,
  type ScenarioResult,
} from '@opencapf/phone/scenario';
import { Command, InvalidArgumentError } from 'commander';
import { type OpenTarget, privateTarget, runningTarget } from '../scenario-target.js';
import { connectToService } from '../service-client.js';
import type { Surroundings } from '../surroundings.js';
import { portOption } from './phone-options.js';

interface ScenarioRunOptions {
  readonly server?: string;
  readonly capf?: { readonly host: string; readonly port: number };
  readonly capfCert?: string;
  readonly report?: string;
  readonly json?: true;
}

/** For scripts. Stable. */
const exitStatus = { passed: 0, failed: 1, unusable: 2 } as const;

/** `opencapf scenario run`: runs scenario files against a private service or a running one. */
export function scenarioRunCommand(surroundings: Surroundings): Command {
  return new Command('run')
    .description(
      'run scenario files (docs/scenarios.md), against a private service unless --server names a running one',
    )
    .argument('<files...>', 'YAML files')
    .option('--server <url>', 'admin API of a running service; its token comes from OPENCAPF_TOKEN')
    .option('--capf <host:port>', 'where the phones of that service knock; its host and 3804 without it', capfOption)
    .option('--capf-cert <file>', 'its CAPF certificate, which vouches for --server; else that of OPENCAPF_DATA_DIR')
    .option('--report <file>', 'write a JUnit XML report')
    .option('--json', 'one JSON object on standard output, for scripts')
    .addHelpText('after', help)
    .action(async (files: readonly string[], options: ScenarioRunOptions) => {
      process.exitCode = await run(files, options, surroundings);
    });
}

const help = `
Exit status: 0 when every scenario passed, 1 when one failed, 2 when a file is no scenario file or no service is there.

A private service is started on loopback in a temporary directory, and removed afterwards. Scenarios create the devices
that they name and delete them again; on a running service one that is there already is left alone, and fails.

Examples:
  opencapf scenario run test/scenarios/*.yaml --report junit.xml
  OPENCAPF_TOKEN=... opencapf scenario run mine.yaml --server https://capf.example.org:8443 --capf capf.example.org:3804`;

async function run(names: readonly string[], options: ScenarioRunOptions, surroundings: Surroundings): Promise<number> {
  const { typedIn } = surroundings;
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const files = await Promise.all(names.map((name) => read(name, typedIn)));
    const results: ScenarioResult[] = [];
    for (const [settings, alike] of filesBySettings(files)) {
      await using opened = await open(options, settings, alike, surroundings);
      for (const scenario of alike.flatMap(({ scenarios }) => scenarios)) {
        if (interrupted.signal.aborted) break;
        const result = await runScenario(scenario, opened.target, { signal: interrupted.signal });
        results.push(result);
        if (options.json !== true) process.stdout.write(resultText(result));
      }
    }
    return await report(results, options, typedIn, interrupted.signal.aborted);
  } catch (fault) {
    process.stderr.write(`${fault instanceof ScenarioFileError ? fault.message : `opencapf: ${wordsOf(fault)}`}\n`);
    return exitStatus.unusable;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function report(
  results: readonly ScenarioResult[],
  { report: file, json }: ScenarioRunOptions,
  typedIn: string,
  interrupted: boolean,
): Promise<number> {
  if (file !== undefined) await writeFile(resolve(typedIn, file), junitReport(results));
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  if (json) process.stdout.write(`${JSON.stringify(resultsAsJson(results), undefined, 2)}\n`);
  else
    process.stdout.write(`${results.length - failed} passed, ${failed} failed${interrupted ? ', interrupted' : ''}\n`);
  return failed === 0 && !interrupted && results.length > 0 ? exitStatus.passed : exitStatus.failed;
}

async function read(name: string, typedIn: string): Promise<ScenarioFile> {
  return readScenarioFile(name, await readFile(resolve(typedIn, name), 'utf8'));
}

/** Files that need the same settings share a private service. */
function filesBySettings(
  files: readonly ScenarioFile[],
): readonly (readonly [Readonly<Record<string, string>>, readonly ScenarioFile[]])[] {
  const groups = new Map<string, ScenarioFile[]>();
  for (const file of files) {
    const key = JSON.stringify(Object.entries(file.service).sort());
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].map((alike) => [alike[0]?.service ?? {}, alike]);
}

async function open(
  { server, capf, capfCert }: ScenarioRunOptions,
  settings: Readonly<Record<string, string>>,
  files: readonly ScenarioFile[],
  surroundings: Surroundings,
): Promise<OpenTarget> {
  if (server === undefined) return await privateTarget({ settings });
  if (Object.keys(settings).length > 0) {
    const names = files.map(({ file }) => file).join(', ');
    throw new Error(`${names}: needs settings of its own, and so a private service; leave out --server`);
  }
  const authority =
    capfCert === undefined ? undefined : await readFile(resolve(surroundings.typedIn, capfCert), 'utf8');
  const client = connectToService(surroundings, { server, authority });
  return await runningTarget(client, capf ?? { host: new URL(server).hostname, port: 3804 });
}

function capfOption(value: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(value) ?? [];
  if (host === undefined || port === undefined) throw new InvalidArgumentError('It must be HOST:PORT.');
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: portOption(port) };
}

function wordsOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
