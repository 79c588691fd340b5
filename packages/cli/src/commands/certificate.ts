import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface ListOptions {
  readonly state?: string;
  readonly device?: string;
  readonly expiresBefore?: string;
  readonly limit: string;
  readonly json?: true;
}

/** `opencapf certificate ...`: certificates of phones, issued here or shown. */
export function certificateCommand(surroundings: Surroundings): Command {
  const list = new Command('list')
    .description('list certificates, the newest first')
    .addOption(
      new Option('--state <state>', 'stale: issued, never installed, and nothing waits for it').choices([
        'installed',
        'stale',
        'revoked',
        'discarded',
      ]),
    )
    .option('--device <name>', 'of this device only')
    .option('--expires-before <time>', 'installed LSCs that end before this (ISO 8601), the soonest first')
    .option('--limit <number>', 'certificates at most, up to 1000', '100')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json, ...filters }: ListOptions) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get(`/v1/certificates?${new URLSearchParams({ ...filters })}`));
        const text = json ? JSON.stringify(answer) : itemsOf(answer).map(line).join('\n');
        if (text !== '') surroundings.terminal.stdout.write(`${text}\n`);
      });
    });
  const deleteStale = new Command('delete-stale')
    .description('revoke all stale LSCs and take them out of view; serial and bytes stay on record')
    .option('--dry-run', 'only say how many there are')
    .action(async ({ dryRun = false }: { readonly dryRun?: boolean }) => {
      await withService(surroundings, async (client) => {
        const content = JSON.stringify({ dryRun });
        const body = { type: 'application/json', content };
        const next = async () => accepted(await client.request('POST', '/v1/certificates/delete-stale', body));
        let deleted = 0;
        let answer: Readonly<Record<string, unknown>>;
        do {
          answer = await next();
          deleted += Number(answer['deleted']);
        } while (!dryRun && Number(answer['deleted']) > 0 && Number(answer['left']) > 0);
        const told = dryRun ? `${shown(answer['left'])} stale LSCs would be` : `${deleted} stale LSCs were`;
        surroundings.terminal.stdout.write(`${told} deleted\n`);
      });
    });
  return new Command('certificate')
    .description('certificates of phones, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list)
    .addCommand(deleteStale);
}

function line(item: Readonly<Record<string, unknown>>): string {
  const { id, device, type, state, stale, serial, notAfter } = item;
  return [id, device, type, stale === true ? 'stale' : state, serial, `until ${shown(notAfter).slice(0, 10)}`]
    .map(shown)
    .join('  ');
}
