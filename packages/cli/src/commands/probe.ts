import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { probeExchangeNames, probeExchanges } from '@opencapf/enrollment';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ServiceClient } from '../service-client.js';
import type { Surroundings } from '../surroundings.js';
import { timeoutOption } from './phone-options.js';
import { accepted, shown, withService } from './with-service.js';

interface ProbeRunOptions {
  readonly exchange: readonly string[];
  readonly consent: string;
  readonly out: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly wait: number;
  readonly poll: number;
}

/** `opencapf probe ...`: provisional exchanges with one consenting device, and an anonymous file of what came of them. */
export function probeCommand(surroundings: Surroundings): Command {
  const list = new Command('list-exchanges')
    .description('list what can be tried, and what it may do to a phone')
    .action(() => {
      for (const name of probeExchangeNames) {
        const { asks, mayHappen } = probeExchanges[name];
        surroundings.terminal.stdout.write(`${name}\n  ${asks}\n  May happen: ${mayHappen}\n`);
      }
    });
  const run = new Command('run')
    .description('try exchanges with a device in its next sessions, and write the evidence')
    .argument('<device>', 'device name, such as SEP001122334455')
    .addOption(
      new Option('--exchange <name>', 'what to try; may be given several times, each takes a session of its own')
        .argParser(exchangeOption)
        .makeOptionMandatory(),
    )
    .requiredOption(
      '--consent <device>',
      "the device's name once more: whoever has the phone agrees to what may happen",
    )
    .requiredOption('--out <file>', 'where the evidence is written, JSON')
    .option('--model <model>', 'for the evidence; without it that of the device')
    .option('--firmware <version>', 'for the evidence')
    .addOption(
      new Option('--wait <seconds>', 'how long to wait for the phone, for each exchange')
        .argParser(timeoutOption)
        .default(3_600_000, '3600'),
    )
    .addOption(
      new Option('--poll <seconds>', 'how often to ask the service').argParser(timeoutOption).default(2_000, '2'),
    )
    .addHelpText('after', `\n${help}`)
    .action(async (device: string, options: ProbeRunOptions) => {
      await withService(surroundings, async (client) => {
        surroundings.terminal.exitCode = await runProbes(client, device, options, surroundings);
      });
    });
  return new Command('probe')
    .description('find out how phones behave where nobody has seen them; OPENCAPF_TOKEN of an administrator')
    .addCommand(list)
    .addCommand(run);
}

const help = `Exit status: 0 when the evidence is written, 1 when the service refused or the phone did not come, 2 when the service gave no answer.

Reset the phone, or let it come otherwise, when this command waits. docs/probe.md says what is in the file.

Example:
  OPENCAPF_TOKEN=... opencapf probe run SEP001122334455 --exchange fetchMicByType --consent SEP001122334455 --firmware 14-2-1 --out evidence.json`;

/** @throws InvalidArgumentError */
function exchangeOption(value: string, before: readonly string[] | undefined): readonly string[] {
  if (!(probeExchangeNames as readonly string[]).includes(value)) {
    throw new InvalidArgumentError(`It must be one of ${probeExchangeNames.join(', ')}.`);
  }
  return [...(before ?? []), value];
}

async function runProbes(
  client: ServiceClient,
  device: string,
  { exchange: exchanges, consent, out, model, firmware, wait, poll }: ProbeRunOptions,
  surroundings: Surroundings,
): Promise<number> {
  const path = `/v1/devices/${encodeURIComponent(device)}/probe`;
  const probes: unknown[] = [];
  for (const exchange of exchanges) {
    const content = JSON.stringify({ exchange, consent, model, firmware });
    const { id } = accepted(await client.request('POST', path, { type: 'application/json', content }));
    surroundings.terminal.stderr.write(`${exchange}: waiting for ${device} to come ...\n`);
    const probe = await ended(client, path, id, wait, poll);
    if (probe?.['state'] !== 'done') {
      if (probe === undefined) await client.request('DELETE', path);
      surroundings.terminal.stderr.write(
        `opencapf: ${exchange}: ${probe === undefined ? 'the phone did not come' : shown(probe['reason'] ?? probe['state'])}\n`,
      );
      return 1;
    }
    const evidence = probe['evidence'] as { readonly findings?: readonly string[] };
    for (const finding of evidence.findings ?? []) surroundings.terminal.stderr.write(`${exchange}: ${finding}\n`);
    probes.push(evidence);
  }
  const file = resolve(surroundings.typedIn, out);
  await writeFile(file, `${JSON.stringify({ opencapf: productVersion(), probes }, null, 2)}\n`);
  surroundings.terminal.stdout.write(`${file}\n`);
  return 0;
}

/** The probe of this number when it is over; undefined when it still waits after that time. */
async function ended(
  client: ServiceClient,
  path: string,
  id: unknown,
  waitMs: number,
  pollMs: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for (let waited = 0; waited <= waitMs; waited += pollMs) {
    const probe = accepted(await client.get(path));
    if (probe['id'] !== id) return { state: 'cancelled' };
    if (probe['state'] !== 'pending' && probe['state'] !== 'running') return probe;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return undefined;
}

function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
