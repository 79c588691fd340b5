import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { findingLines } from './configuration-text.js';
import { readNamed, writeSecret } from './files.js';
import { accepted, itemsOf, shown, wholeList, withService } from './with-service.js';

/** `opencapf configuration template ...`: files with fields that many devices share. */
export function configurationTemplateCommand(surroundings: Surroundings): Command {
  const { terminal } = surroundings;
  const put = new Command('put')
    .description('keep a template: a configuration file with fields in its texts and attributes')
    .argument('<name>', 'its name')
    .argument('<file>', 'XML')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (name: string, file: string, { json }: { readonly json?: true }) => {
      const content = await readNamed(surroundings, file);
      if (content === undefined || content === 'unreadable') return;
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.request('PUT', pathOf(name), { type: 'application/xml', content }));
        const fields = Array.isArray(answer['fields']) ? answer['fields'].join(', ') : '';
        const line = `${shown(answer['name'])}  version ${shown(answer['version'])}  fields ${fields === '' ? 'none' : fields}`;
        const report = (answer['report'] ?? {}) as Readonly<Record<string, unknown>>;
        const text = [line, ...findingLines(report)].join('\n');
        terminal.stdout.write(`${json ? JSON.stringify(answer) : text}\n`);
      });
    });
  const list = new Command('list')
    .description('list templates by name')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = await wholeList(client, '/v1/configuration-templates');
        const lines = itemsOf(answer).map(
          ({ name, version, updatedAt, updatedBy }) =>
            `${shown(name)}  version ${shown(version)}  ${shown(updatedAt)} by ${shown(updatedBy)}`,
        );
        const text = json ? JSON.stringify(answer) : lines.join('\n');
        if (text !== '') terminal.stdout.write(`${text}\n`);
      });
    });
  const show = new Command('show')
    .description('print a template')
    .argument('<name>', 'its name')
    .option('--out <file>', 'write it there')
    .action(async (name: string, { out }: { readonly out?: string }) => {
      await withService(surroundings, async (client) => {
        const answer = await client.get(pathOf(name), 'application/xml');
        accepted(answer);
        if (out === undefined) terminal.stdout.write(answer.bytes);
        else await writeSecret(resolve(surroundings.typedIn, out), answer.bytes, terminal);
      });
    });
  const remove = new Command('delete')
    .description('delete a template that no device has')
    .argument('<name>', 'its name')
    .action(async (name: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', pathOf(name)));
      });
    });
  return new Command('template')
    .description('files with fields that many devices share')
    .addCommand(put)
    .addCommand(list)
    .addCommand(show)
    .addCommand(remove);
}

function pathOf(name: string): string {
  return `/v1/configuration-templates/${encodeURIComponent(name)}`;
}
