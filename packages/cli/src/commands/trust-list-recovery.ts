import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { signersText } from './file-signers.js';
import { readNamed, writeSecret } from './files.js';
import { readPassphrase } from './passphrase.js';
import { accepted, askService, withService } from './with-service.js';

interface Passphrase {
  readonly passphraseFile?: string;
}

interface Json {
  readonly json?: true;
}

interface Override {
  readonly override?: true;
}

/** `opencapf itl recovery ...`: the key that signs trust lists when that of the signer is lost. */
export function trustListRecoveryCommand(surroundings: Surroundings): Command {
  const { terminal, typedIn } = surroundings;
  const ask = async (method: string, path: string, json: true | undefined, content?: object): Promise<void> => {
    const call = [method, `/v1/trust-list/recovery/${path}`, content] as const;
    await askService(surroundings, call, (answer) => signersText(answer, json));
  };
  const take = new Command('export')
    .description('write certificate and key into a file, encrypted with a passphrase; the service gives them out once')
    .requiredOption('--out <file>', 'the file to write, PEM')
    .option('--passphrase-file <file>', 'holds the passphrase; asked for on a terminal without it')
    .action(async ({ out, passphraseFile }: Passphrase & { readonly out: string }) => {
      const passphrase = await readPassphrase(surroundings, passphraseFile, 'twice');
      if (passphrase === undefined) return;
      await withService(surroundings, async (client) => {
        const body = { type: 'application/json', content: JSON.stringify({ passphrase }) };
        const answer = accepted(await client.request('POST', '/v1/trust-list/recovery/export', body));
        const pem = `${String(answer['certificate'])}${String(answer['privateKey'])}`;
        await writeSecret(resolve(typedIn, out), pem, terminal);
        // It is given out once: what cannot be written must not be lost.
        if (terminal.exitCode === 2) terminal.stdout.write(pem);
      });
    });
  const removeKey = new Command('remove-key')
    .description('remove the key from the database, once it was exported; its certificate stays in trust lists')
    .action(async () => await ask('DELETE', 'key', undefined));
  const replace = new Command('replace')
    .description('put another recovery signer in the place of one whose key is lost')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => await ask('POST', 'replace', json));
  const begin = new Command('begin')
    .description('sign trust lists with a recovery key that phones know, for the signer whose key is lost')
    .argument('<key-file>', 'PEM or PKCS#12 with the key and its certificate, as it was exported')
    .option(
      '--override',
      'phones know it from lists of a service whose database is lost; else a list of this one must hold it',
    )
    .option('--passphrase-file <file>', 'holds the passphrase; asked for on a terminal without it')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (file: string, { passphraseFile, override, json }: Passphrase & Json & Override) => {
      const content = await readNamed(surroundings, file);
      if (content === undefined || content === 'unreadable') return;
      const passphrase = await readPassphrase(surroundings, passphraseFile, 'once');
      if (passphrase === undefined) return;
      await ask('POST', 'begin', json, {
        keyFile: content.toString('base64'),
        passphrase,
        override: override === true,
      });
    });
  const end = new Command('end')
    .description('let the signer sign again, once phones have fetched a list that the recovery key signed')
    .option('--override', 'go on without the devices that have not: they will believe nothing new')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ override, json }: Json & Override) => {
      await ask('POST', 'end', json, { override: override === true });
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
