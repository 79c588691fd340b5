import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ServiceClient } from '../service-client.js';
import type { Surroundings } from '../surroundings.js';
import { readUpload, writeOut } from './files.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

const zip = 'application/zip';
const pem = 'application/x-pem-file';

/** A zip of no files is nothing but its end record (APPNOTE, 4.3.16). */
const emptyZipBytes = 22;

interface DownloadOptions {
  readonly out?: string;
  readonly pem?: true;
  readonly request?: number;
  readonly publicKey?: true;
  readonly limit?: string;
}

/** `opencapf authority download`: requests to an offline authority on their way to it. */
export function authorityDownloadCommand(surroundings: Surroundings): Command {
  const { terminal, typedIn } = surroundings;
  return new Command('download')
    .description('download the open requests to an offline authority: a zip of PKCS#10 and bare public keys, PEM each')
    .argument('<authority>', 'its number or name')
    .option('--out <file>', 'the file to write; standard output without it')
    .option('--pem', 'one PEM file with all PKCS#10 instead of a zip')
    .addOption(
      new Option(
        '--request <id>',
        'this one alone, PEM; its number as "opencapf authority requests" shows it',
      ).argParser(rowNumber),
    )
    .option('--public-key', 'with --request: its bare public key instead of the PKCS#10')
    .option('--limit <number>', 'requests at most, the newest ones; 30000 without it')
    .action(async (authority: string, options: DownloadOptions) => {
      const { out, request, limit } = options;
      const isZip = options.pem !== true && request === undefined;
      if (isZip && out === undefined && terminal.stdout.isTTY === true) {
        terminal.exitCode = 2;
        terminal.stderr.write('opencapf: a zip is nothing for a terminal: say --out FILE, or --pem\n');
        return;
      }
      await withService(surroundings, async (client) => {
        const path =
          request === undefined
            ? `${pathOf(authority)}/certification-requests${limit === undefined ? '' : `?limit=${encodeURIComponent(limit)}`}`
            : `/v1/authority-requests/${request}/${options.publicKey ? 'public-key' : 'certification-request'}`;
        const answer = await client.get(path, isZip ? zip : pem);
        accepted(answer);
        if (answer.bytes.length === (isZip ? emptyZipBytes : 0)) terminal.stderr.write('no request is open\n');
        if (out === undefined) terminal.stdout.write(answer.bytes);
        else await writeOut(resolve(typedIn, out), answer.bytes, terminal);
      });
    });
}

/** `opencapf authority upload`: certificates on their way back. */
export function authorityUploadCommand(surroundings: Surroundings): Command {
  const { terminal } = surroundings;
  return new Command('upload')
    .description('upload certificates that an offline authority made, and say what became of each')
    .argument('<authority>', 'its number or name')
    .argument('<file...>', 'PEM (any number), DER (.der), PKCS#7 (.p7b), or a zip of such files (.zip)')
    .option('--json', 'what became of each as JSON, for scripts')
    .addHelpText('after', '\nExit status: 0 when all were taken or known, 1 when one was not.')
    .action(async (authority: string, files: readonly string[], { json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const items: Became[] = [];
        for (const file of files) {
          const became = await upload(surroundings, client, authority, file);
          if (json !== true) terminal.stdout.write(became.map(line).join(''));
          items.push(...became);
        }
        if (json) terminal.stdout.write(`${JSON.stringify({ items })}\n`);
        if (items.some(({ outcome }) => outcome === 'refused' || outcome === 'unknownKey')) terminal.exitCode ??= 1;
      });
    });
}

type Became = Readonly<Record<string, unknown>>;

async function upload(
  surroundings: Surroundings,
  client: ServiceClient,
  authority: string,
  file: string,
): Promise<readonly Became[]> {
  const body = await readUpload(surroundings, file);
  if (body === undefined) return [];
  const answer = await client.request('POST', `${pathOf(authority)}/certificates`, body);
  if (answer.status === 400 || answer.status === 413 || answer.status === 422) {
    // Nothing of this file was taken: those after it may be better.
    const { code, detail: reason } = { code: null, detail: null, ...(answer.body as object) };
    return [{ file, subject: null, serial: null, outcome: 'refused', device: null, code, reason }];
  }
  return itemsOf(accepted(answer)).map((item) => ({
    ...item,
    file: item['file'] === null ? file : `${basename(file)}:${shown(item['file'])}`,
  }));
}

function line({ file, outcome, device, subject, reason }: Became): string {
  const told = [shown(outcome).padEnd(10), shown(device), shown(subject), shown(file)];
  return `${[...told, ...(reason === null ? [] : [shown(reason)])].join('  ')}\n`;
}

function pathOf(authority: string): string {
  return `/v1/authorities/${encodeURIComponent(authority)}`;
}

/** @throws InvalidArgumentError */
function rowNumber(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It must be a number.');
  return Number(value);
}
