import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { readUpload } from './files.js';
import { trustBundleCommand } from './trust-bundle.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface ListOptions {
  readonly purpose?: string;
  readonly json?: true;
}

interface AddOptions {
  readonly purpose: string;
  readonly allowExpired?: true;
}

const purposes = ['mic', 'foreignCapf', 'lscIssuer'] as const;

/** `opencapf trust ...`: the CAPF trust store (CAPF-trust). */
export function trustCommand(surroundings: Surroundings): Command {
  const list = new Command('list')
    .description('list the trusted certificates, with SHA-256, purpose, end, uses and subject')
    .addOption(new Option('--purpose <purpose>', 'of this purpose only').choices(purposes))
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ purpose, json }: ListOptions) => {
      await withService(surroundings, async (client) => {
        const query = new URLSearchParams({ limit: '1000', ...(purpose === undefined ? {} : { purpose }) });
        const answer = accepted(await client.get(`/v1/trust-certificates?${query}`));
        const text = json ? JSON.stringify(answer) : itemsOf(answer).map(line).sort().join('\n');
        if (text !== '') surroundings.terminal.stdout.write(`${text}\n`);
      });
    });
  const add = new Command('add')
    .description('trust certificates of CAs from now on: PEM, DER or PKCS#7')
    .argument('<file>', 'one certificate, or several')
    .addOption(new Option('--purpose <purpose>', 'what it vouches for').choices(purposes).default('mic'))
    .option('--allow-expired', 'accept certificates that it signed after their end, and after its own')
    .action(async (file: string, { purpose, allowExpired }: AddOptions) => {
      const body = await readUpload(surroundings, file);
      if (body === undefined) return;
      await withService(surroundings, async (client) => {
        const query = new URLSearchParams({ purpose, ...(allowExpired ? { allowExpired: 'true' } : {}) });
        const answer = accepted(await client.request('POST', `/v1/trust-certificates?${query}`, body));
        surroundings.terminal.stdout.write(`${itemsOf(answer).map(line).join('\n')}\n`);
      });
    });
  const remove = new Command('remove')
    .description('trust a certificate no more, from this moment on')
    .argument('<sha256>', 'as "opencapf trust list" shows it; colons are taken too')
    .action(async (sha256: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', `/v1/trust-certificates/${encodeURIComponent(sha256)}`));
      });
    });
  return new Command('trust')
    .description('the CAPF trust store (CAPF-trust) of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list)
    .addCommand(add)
    .addCommand(remove)
    .addCommand(trustBundleCommand(surroundings));
}

function line(item: Readonly<Record<string, unknown>>): string {
  const { sha256, purpose, notAfter, useCount, subject, source, allowExpired } = item;
  const remarks = [
    ...(source === 'file' ? ['from a file'] : []),
    ...(allowExpired === true ? ['expired accepted'] : []),
  ];
  const told = [purpose, sha256, `until ${shown(notAfter).slice(0, 10)}`, `used ${shown(useCount)}`, subject];
  return [...told.map(shown), ...remarks].join('  ');
}
