import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface Json {
  readonly json?: true;
}

/** `opencapf capf-certificate ...`: what phones meet on port 3804. */
export function capfCertificateCommand(surroundings: Surroundings): Command {
  const list = new Command('list')
    .description('list the certificate that phones meet on port 3804, those that are to follow, and those that were')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/capf-certificates'));
        process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${itemsOf(answer).map(line).join('\n')}\n`);
      });
    });
  const activate = new Command('activate')
    .description('let phones meet a staged one from the next handshake on; the one before is retired')
    .argument('<id>', 'its number, as "opencapf capf-certificate list" shows it')
    .option('--confirm', 'phones have the trust list that holds it; without it they cannot reach the service')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (id: string, { confirm, json }: Json & { readonly confirm?: true }) => {
      await withService(surroundings, async (client) => {
        const body = { type: 'application/json', content: JSON.stringify({ confirmed: confirm === true }) };
        const path = `/v1/capf-certificates/${encodeURIComponent(id)}/activate`;
        const answer = accepted(await client.request('POST', path, body));
        process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${line(answer)}\n`);
      });
    });
  const remove = new Command('delete')
    .description('forget a staged one')
    .argument('<id>')
    .action(async (id: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', `/v1/capf-certificates/${encodeURIComponent(id)}`));
      });
    });
  return new Command('capf-certificate')
    .description('what phones meet on port 3804, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list)
    .addCommand(activate)
    .addCommand(remove);
}

function line({ id, state, notAfter, subject, sha256 }: Readonly<Record<string, unknown>>): string {
  return [id, state, `until ${shown(notAfter).slice(0, 10)}`, subject, sha256].map(shown).join('  ');
}
