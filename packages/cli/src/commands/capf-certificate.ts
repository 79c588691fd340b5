import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { givenSettings, secretsWanted } from './authority-settings.js';
import { caExchangeCommands, recordOf, warningLines } from './ca-exchange.js';
import { readNamed } from './files.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface Json {
  readonly json?: true;
}

interface Confirmation {
  readonly confirm?: true;
  readonly override?: true;
}

interface CreateOptions extends Json {
  readonly keySize?: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
}

/** `opencapf capf-certificate ...`: what phones meet on port 3804. */
export function capfCertificateCommand(surroundings: Surroundings): Command {
  const list = new Command('list')
    .description('list the certificate that phones meet on port 3804, those that are to follow, and those that were')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/capf-certificates'));
        surroundings.terminal.stdout.write(
          json ? `${JSON.stringify(answer)}\n` : `${itemsOf(answer).map(line).join('\n')}\n`,
        );
      });
    });
  const create = new Command('create')
    .description('stage a new one: an RSA key and a self-signed certificate, or those of a file')
    .option('--key-size <bits>', '2048, 3072 or 4096; default 2048, which every phone takes')
    .option('--key-file <file>', 'PEM or PKCS#12 with an RSA key, and with certificates where it has any')
    .option('--passphrase-file <file>', 'holds the passphrase of the key file; asked for on a terminal without it')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (options: CreateOptions) => {
      const content = await bodyOf(surroundings, options);
      if (content === undefined) return;
      await withService(surroundings, async (client) => {
        const body = { type: 'application/json', content: JSON.stringify(content) };
        const answer = accepted(await client.request('POST', '/v1/capf-certificates', body));
        surroundings.terminal.stdout.write(
          options.json ? `${JSON.stringify(answer)}\n` : `${lineOf(answer)}\n${warningLines(answer)}`,
        );
      });
    });
  const activate = new Command('activate')
    .description('let phones meet a staged one from the next handshake on; the one before is retired')
    .argument('<id>', 'its number, as "opencapf capf-certificate list" shows it')
    .option(
      '--confirm',
      'phones that fetch their trust lists elsewhere have one that holds it; without it they cannot reach the service',
    )
    .option(
      '--override',
      'go on without devices that fetch their trust lists here and have not fetched one that holds it',
    )
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (id: string, { confirm, override, json }: Json & Confirmation) => {
      await withService(surroundings, async (client) => {
        const body = {
          type: 'application/json',
          content: JSON.stringify({ confirmed: confirm === true, override: override === true }),
        };
        const path = `/v1/capf-certificates/${encodeURIComponent(id)}/activate`;
        const answer = accepted(await client.request('POST', path, body));
        surroundings.terminal.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${line(answer)}\n`);
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
  const exchange = caExchangeCommands(surroundings, {
    argument: 'id',
    named: 'its number, as "opencapf capf-certificate list" shows it',
    pathOf: (id) => `/v1/capf-certificates/${encodeURIComponent(id)}`,
    lineOf,
  });
  return new Command('capf-certificate')
    .description('what phones meet on port 3804, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list)
    .addCommand(create)
    .addCommand(exchange.csr)
    .addCommand(exchange.chain)
    .addCommand(activate)
    .addCommand(remove)
    .addHelpText(
      'after',
      `
Example, a certificate that the CA of the site signs takes the place of the one that phones meet:
  opencapf capf-certificate create            (shows its number, such as 2)
  opencapf capf-certificate csr 2 --out capf.csr
  opencapf capf-certificate chain 2 capf.p7b
  opencapf capf-certificate activate 2 --confirm      (once the phones' trust lists hold it)`,
    );
}

/** Undefined when a file cannot be read or no passphrase is typed, which is told; the exit status is 2 then. */
async function bodyOf(
  surroundings: Surroundings,
  { keySize, keyFile, passphraseFile }: CreateOptions,
): Promise<object | undefined> {
  const size = keySize === undefined ? {} : { keySize: Number(keySize) };
  if (keyFile === undefined && passphraseFile === undefined) return size;
  const file = await readNamed(surroundings, keyFile);
  if (file === 'unreadable') return undefined;
  const given = await givenSettings(surroundings, { passphraseFile }, secretsWanted({}, keyFile));
  return given && { ...size, ...(file === undefined ? {} : { keyFile: file.toString('base64') }), ...given.secrets };
}

function lineOf({ capfCertificate }: Readonly<Record<string, unknown>>): string {
  return line(recordOf(capfCertificate));
}

function line({ id, state, notAfter, subject, sha256 }: Readonly<Record<string, unknown>>): string {
  return [id, state, `until ${shown(notAfter).slice(0, 10)}`, subject, sha256].map(shown).join('  ');
}
