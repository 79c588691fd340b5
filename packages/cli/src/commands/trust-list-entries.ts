import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { readNamed } from './files.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface AddOptions {
  readonly role: string;
  readonly dnsName?: string;
  readonly ipAddress?: string;
  readonly json?: true;
}

const roles = ['CCM', 'CCM+TFTP', 'TFTP', 'CAPF', 'TVS', 'APP-SERVER'] as const;

/** `opencapf itl entries ...`: the certificates that trust lists hold beside the service's own. */
export function trustListEntriesCommand(surroundings: Surroundings): Command {
  const { terminal } = surroundings;
  const list = new Command('list')
    .description('list them, with number, role, end, subject and host')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/trust-list/entries'));
        const text = json ? JSON.stringify(answer) : itemsOf(answer).map(line).join('\n');
        if (text !== '') terminal.stdout.write(`${text}\n`);
      });
    });
  const add = new Command('add')
    .description('put a certificate on record; trust lists hold it from now on')
    .argument('<file>', 'one certificate, PEM')
    .addOption(new Option('--role <role>', 'what phones are to trust it for').choices(roles).makeOptionMandatory())
    .option('--dns-name <name>', 'host name or address of the server, which the layout "cisco" tells')
    .option('--ip-address <address>', 'its IPv4 address, likewise')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (file: string, { role, dnsName, ipAddress, json }: AddOptions) => {
      const certificate = await readNamed(surroundings, file);
      if (certificate === undefined || certificate === 'unreadable') return;
      const content = JSON.stringify({ role, certificate: certificate.toString(), dnsName, ipAddress });
      await withService(surroundings, async (client) => {
        const body = { type: 'application/json', content };
        const answer = accepted(await client.request('POST', '/v1/trust-list/entries', body));
        terminal.stdout.write(`${json ? JSON.stringify(answer) : line(answer)}\n`);
      });
    });
  const remove = new Command('remove')
    .description('take one off the record; trust lists hold it no more')
    .argument('<id>', 'its number, as "entries list" shows it')
    .action(async (id: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', `/v1/trust-list/entries/${encodeURIComponent(id)}`));
      });
    });
  return new Command('entries')
    .description("certificates on record: call control's, TVS, servers of files and XML, CAPF of other clusters")
    .addCommand(list)
    .addCommand(add)
    .addCommand(remove);
}

function line({ id, role, notAfter, subject, dnsName }: Readonly<Record<string, unknown>>): string {
  const what = subject === null ? ['cannot be read'] : [`until ${shown(notAfter).slice(0, 10)}`, subject];
  return [id, role, ...what, dnsName === '' ? '-' : dnsName].map(shown).join('  ');
}
