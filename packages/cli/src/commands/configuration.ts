import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { fetchedCommand } from './configuration-fetched.js';
import { configurationKeyCommand } from './configuration-key.js';
import { configurationTemplateCommand } from './configuration-template.js';
import { findingLines } from './configuration-text.js';
import { readNamed, writeSecret } from './files.js';
import { warningLines } from './profile-text.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface PutOptions {
  readonly template?: string;
  readonly fields?: string;
  readonly field?: Readonly<Record<string, string>>;
  readonly json?: true;
}

/** `opencapf configuration ...`: the full configuration files that phones' files are built from. */
export function configurationCommand(surroundings: Surroundings): Command {
  const { terminal } = surroundings;
  const put = new Command('put')
    .description('keep the full configuration file of a device')
    .argument('<device>', 'its name')
    .argument('[file]', 'SEP<MAC>.cnf.xml; without one, --template says what to fill')
    .option('--template <name>', 'a template instead of a file')
    .option('--fields <file>', 'JSON object of the texts that fill its fields; secrets are best given here')
    .addOption(new Option('--field <name=text>', 'one field; may be given several times').argParser(field))
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
Prints what the file says about CAPF and security. Exit status: 0 kept, 1 refused, 2 no answer or no such file.

Examples:
  opencapf configuration put SEP001122334455 SEP001122334455.cnf.xml
  opencapf configuration put SEP001122334455 --template Lobby --field label=Reception --fields secrets.json`,
    )
    .action(async (device: string, file: string | undefined, options: PutOptions) => {
      const body = await bodyOf(surroundings, file, options);
      if (body === undefined) return;
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.request('PUT', pathOf(device), body));
        terminal.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : told(answer));
      });
    });
  const show = new Command('show')
    .description('show what the file of a device says about CAPF and security; with --xml the file itself')
    .argument('<device>', 'its name')
    .option('--xml', 'the file itself, with its passwords: for operators')
    .option('--out <file>', 'write it there')
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
Examples:
  opencapf configuration show SEP001122334455
  opencapf configuration show SEP001122334455 --xml --out SEP001122334455.cnf.xml`,
    )
    .action(async (device: string, { xml, out, json }: { xml?: true; out?: string; json?: true }) => {
      await withService(surroundings, async (client) => {
        if (!xml && out === undefined) {
          const answer = accepted(await client.get(`${pathOf(device)}/report`));
          terminal.stdout.write(json ? `${JSON.stringify(answer)}\n` : told(answer));
          return;
        }
        const answer = await client.get(pathOf(device), 'application/xml');
        accepted(answer);
        if (out === undefined) terminal.stdout.write(answer.bytes);
        else await writeSecret(resolve(surroundings.typedIn, out), answer.bytes, terminal);
      });
    });
  const remove = new Command('delete')
    .description('forget the configuration file of a device')
    .argument('<device>', 'its name')
    .action(async (device: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', pathOf(device)));
      });
    });
  return new Command('configuration')
    .description('full configuration files of devices, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(put)
    .addCommand(show)
    .addCommand(remove)
    .addCommand(fetchedCommand(surroundings))
    .addCommand(configurationKeyCommand(surroundings))
    .addCommand(configurationTemplateCommand(surroundings));
}

function pathOf(device: string): string {
  return `/v1/devices/${encodeURIComponent(device)}/configuration`;
}

/** Undefined when there is nothing to send, which is told; the exit status is 2 then. */
async function bodyOf(surroundings: Surroundings, file: string | undefined, options: PutOptions) {
  const refuse = (why: string): undefined => {
    surroundings.terminal.exitCode = 2;
    surroundings.terminal.stderr.write(`opencapf: ${why}\n`);
    return undefined;
  };
  const { template, fields: fieldsFile, field: single = {} } = options;
  if ((file === undefined) === (template === undefined)) return refuse('give a file or --template, and not both');
  if (template === undefined) {
    const content = await readNamed(surroundings, file);
    return content === undefined || content === 'unreadable' ? undefined : { type: 'application/xml', content };
  }
  const given = await readNamed(surroundings, fieldsFile);
  if (given === 'unreadable') return undefined;
  const fields = jsonObject(given);
  if (fields === undefined) return refuse(`--fields ${fieldsFile} is no JSON object`);
  return { type: 'application/json', content: JSON.stringify({ template, fields: { ...fields, ...single } }) };
}

function jsonObject(content: Buffer | undefined): object | undefined {
  if (content === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(content.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined; // told by the caller, without what stands in it
  }
}

function told(answer: Readonly<Record<string, unknown>>): string {
  const { device, version, template, warnings } = answer;
  const report = (answer['report'] ?? {}) as Readonly<Record<string, unknown>>;
  const elements = itemsOf({ items: report['elements'] }).map(
    ({ path, line, value }) =>
      `  ${shown(path)} (line ${shown(line)}): ${value === null ? '(not shown)' : shown(value)}`,
  );
  const missing = Array.isArray(report['missing']) ? report['missing'] : [];
  return [
    `${shown(device)}  version ${shown(version)}${template === null ? '' : `  template ${shown(template)}`}`,
    ...elements,
    ...(missing.length === 0 ? [] : [`  put in by a build: ${missing.join(', ')}`]),
    ...findingLines(report),
    ...warningLines(warnings),
  ]
    .join('\n')
    .concat('\n');
}

/** @throws InvalidArgumentError */
function field(value: string, before: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const [, name, text] = /^([A-Za-z][A-Za-z0-9_.-]{0,63})=(.*)$/s.exec(value) ?? [];
  if (name === undefined || text === undefined) throw new InvalidArgumentError('It must be a name, "=" and a text.');
  return { ...before, [name]: text };
}
