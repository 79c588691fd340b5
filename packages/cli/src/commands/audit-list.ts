import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

const filters = ['actor', 'subject', 'action', 'outcome', 'remoteAddress', 'from', 'until', 'limit'] as const;

/** `opencapf audit list`: entries of the audit, from the service. */
export function auditListCommand(surroundings: Surroundings): Command {
  return new Command('list')
    .description('list entries, the newest first, from the service (OPENCAPF_SERVER, OPENCAPF_TOKEN)')
    .option('--actor <name>', 'who did it: the name of a token, a device, "system" or "stranger"')
    .option('--subject <name>', 'what it was done to, such as the name of a device')
    .option('--action <action>', 'such as operation.queue')
    .option('--outcome <outcome>', 'done, refused or failed')
    .option('--remote-address <address>', 'where it came from')
    .option('--from <time>', 'no entry before it: ISO 8601')
    .option('--until <time>', 'no entry at or after it')
    .option('--limit <number>', 'entries at most, up to 1000', '100')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (options: Partial<Record<(typeof filters)[number], string>> & { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const query = new URLSearchParams();
        for (const filter of filters) {
          const value = options[filter];
          if (value !== undefined) query.set(filter, value);
        }
        const answer = accepted(await client.get(`/v1/audit?${query}`));
        const lines = itemsOf(answer).map(({ at, actor, remoteAddress, action, subject, outcome, detail }) =>
          [at, outcome, actor, remoteAddress, action, subject, detail].map(shown).join('  '),
        );
        surroundings.terminal.stdout.write(
          options.json ? `${JSON.stringify(answer)}\n` : lines.map((line) => `${line}\n`).join(''),
        );
      });
    });
}
