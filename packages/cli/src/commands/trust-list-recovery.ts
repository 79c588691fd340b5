import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { signerLine } from './file-signers.js';
import { readNamed, writeOut } from './files.js';
import { readPassphrase } from './passphrase.js';
import { accepted, itemsOf, withService } from './with-service.js';

interface Passphrase {
  readonly passphraseFile?: string;
}

/** `opencapf itl recovery ...`: the key that signs trust lists when that of the signer is lost. */
export function trustListRecoveryCommand(surroundings: Surroundings): Command {
  const { terminal, typedIn } = surroundings;
  const ask = async (method: string, path: string, content?: object): Promise<void> => {
    await withService(surroundings, async (client) => {
      const body = content === undefined ? undefined : { type: 'application/json', content: JSON.stringify(content) };
      const answer = accepted(await client.request(method, `/v1/trust-list/recovery/${path}`, body));
      if (method !== 'DELETE') terminal.stdout.write(`${itemsOf(answer).map(signerLine).join('\n')}\n`);
    });
  };
  const take = new Command('export')
    .description('write certificate and key into a file, encrypted with a passphrase; the service gives them out once')
    .requiredOption('--out <file>', 'the file to write, PEM')
    .option('--passphrase-file <file>', 'holds the passphrase; asked for on a terminal without it')
    .action(async ({ out, passphraseFile }: Passphrase & { readonly out: string }) => {
      const passphrase = await readPassphrase(surroundings, passphraseFile);
      if (passphrase === undefined) return;
      await withService(surroundings, async (client) => {
        const body = { type: 'application/json', content: JSON.stringify({ passphrase }) };
        const answer = accepted(await client.request('POST', '/v1/trust-list/recovery/export', body));
        const pem = `${String(answer['certificate'])}${String(answer['privateKey'])}`;
        await writeOut(resolve(typedIn, out), pem, terminal, 0o600);
        // It is given out once: what cannot be written must not be lost.
        if (terminal.exitCode === 2) terminal.stdout.write(pem);
      });
    });
  const removeKey = new Command('remove-key')
    .description('remove the key from the database, once it was exported; its certificate stays in trust lists')
    .action(async () => await ask('DELETE', 'key'));
  const replace = new Command('replace')
    .description('put another recovery signer in the place of one whose key is lost')
    .action(async () => await ask('POST', 'replace'));
  const begin = new Command('begin')
    .description('sign trust lists with a recovery key that phones know, for the signer whose key is lost')
    .argument('<key-file>', 'PEM or PKCS#12 with the key and its certificate, as it was exported')
    .option(
      '--override',
      'phones know it from lists of a service whose database is lost; else a list of this one must hold it',
    )
    .option('--passphrase-file <file>', 'holds the passphrase; asked for on a terminal without it')
    .action(async (file: string, { passphraseFile, override }: Passphrase & { readonly override?: true }) => {
      const content = await readNamed(surroundings, file);
      if (content === undefined || content === 'unreadable') return;
      const passphrase = await readPassphrase(surroundings, passphraseFile);
      if (passphrase === undefined) return;
      await ask('POST', 'begin', { keyFile: content.toString('base64'), passphrase, override: override === true });
    });
  const end = new Command('end')
    .description('let the signer sign again, once phones have fetched a list that the recovery key signed')
    .option('--override', 'go on without the devices that have not: they will believe nothing new')
    .action(async ({ override }: { readonly override?: true }) => {
      await ask('POST', 'end', { override: override === true });
    });
  return new Command('recovery')
    .description('the key that signs trust lists when that of the signer is lost')
    .addCommand(take)
    .addCommand(removeKey)
    .addCommand(replace)
    .addCommand(begin)
    .addCommand(end)
    .addHelpText(
      'after',
      `
Example, right after the first start:
  opencapf itl recovery export --out recovery.pem      (store it offline, with its passphrase apart)
  opencapf itl recovery remove-key
When the database is lost, on the new service:
  opencapf itl recovery begin recovery.pem --override
  opencapf itl recovery end --override                 (once phones have restarted, and one was looked at)`,
    );
}
