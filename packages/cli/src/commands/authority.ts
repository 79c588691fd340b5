import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

/** `opencapf authority ...`: who signs LSCs. */
export function authorityCommand(surroundings: Surroundings): Command {
  const list = new Command('list')
    .description('list who signs or signed LSCs, with number, state, end and subject')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/authorities?limit=1000'));
        process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${itemsOf(answer).map(line).join('\n')}\n`);
      });
    });
  const acceptExpired = new Command('accept-expired')
    .description('let phones prove themselves by LSCs of this issuer after their end')
    .argument('<id>', 'its number, as "opencapf authority list" shows it')
    .argument('<until>', 'ISO 8601, such as 2027-01-31 or 2027-01-31T18:00:00Z; or "never"')
    .action(async (id: string, until: string) => {
      await withService(surroundings, async (client) => {
        const content = JSON.stringify({ acceptExpiredUntil: until === 'never' ? null : until });
        const path = `/v1/authorities/${encodeURIComponent(id)}`;
        const issuer = accepted(await client.request('PATCH', path, { type: 'application/json', content }));
        process.stdout.write(`${line(issuer)}\n`);
      });
    });
  return new Command('authority')
    .description('who signs LSCs, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list)
    .addCommand(acceptExpired);
}

function line(issuer: Readonly<Record<string, unknown>>): string {
  const { id, state, isDefault, name, notAfter, subject, acceptExpiredUntil } = issuer;
  const remarks = [
    ...(isDefault === true ? ['default'] : []),
    ...(acceptExpiredUntil === null ? [] : [`expired LSCs accepted until ${shown(acceptExpiredUntil)}`]),
  ];
  return [...[id, state, name, `until ${shown(notAfter).slice(0, 10)}`, subject].map(shown), ...remarks].join('  ');
}
