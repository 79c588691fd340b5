import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { authorityLine } from './authority-line.js';
import {
  givenSettings,
  present,
  type SettingOptions,
  secretsWanted,
  withAuthoritySettings,
} from './authority-settings.js';
import { readNamed } from './files.js';
import { accepted, withService } from './with-service.js';

interface CreateOptions extends SettingOptions {
  readonly keyFile?: string;
  readonly json?: true;
}

/** `opencapf authority create`: secrets come from files, the environment or a terminal, never from arguments, which others can see. */
export function authorityCreateCommand(surroundings: Surroundings): Command {
  const command = new Command('create')
    .description('create an authority; it is staged until "opencapf authority activate"')
    .argument('<kind>', 'local, est, adcs, cmp or offline')
    .argument('<name>', 'how it is called from now on');
  return withAuthoritySettings(command)
    .option('--key-file <file>', 'of local: PEM or PKCS#12 with its key, which is taken into the database, sealed')
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
A local one makes its key itself unless --key-file, --key-path or --pkcs11-module says where it is. Its certificate is the one
of --lsc-trust, else the one beside the key, else one that the key signs itself. What is needed to open the key, or to log
in, and was not given is asked for on the terminal.

Examples:
  opencapf authority create offline "By hand" --lsc-trust ca.pem
  opencapf authority create adcs "Site CA" --url https://ca.example.com --template CiscoRA \\
    --username capf@example.com --password-file password.txt --https-trust root.pem --lsc-trust issuing.pem
  opencapf authority create local Next --key-file issuer.p12 --passphrase-file passphrase.txt
  opencapf authority create local Filed --key-path /etc/opencapf/issuer.pem
  opencapf authority create local HSM --pkcs11-module /usr/lib/softhsm/libsofthsm2.so --token opencapf \\
    --key-label issuer --pin-file pin.txt`,
    )
    .action(async (kind: string, name: string, options: CreateOptions) => {
      const keyFile = await readNamed(surroundings, options.keyFile);
      if (keyFile === 'unreadable') return;
      const given = await givenSettings(surroundings, options, secretsWanted(options, options.keyFile));
      if (given === undefined) return;
      const { configuration, lscTrust } = given;
      const secrets = { ...given.secrets, ...present({ keyFile: keyFile?.toString('base64') }) };
      await withService(surroundings, async (client) => {
        const content = JSON.stringify({ name, kind, configuration, secrets, lscTrust });
        const made = accepted(await client.request('POST', '/v1/authorities', { type: 'application/json', content }));
        surroundings.terminal.stdout.write(options.json ? `${JSON.stringify(made)}\n` : `${authorityLine(made)}\n`);
      });
    });
}
