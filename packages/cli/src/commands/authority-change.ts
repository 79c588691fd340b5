import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { authorityLine } from './authority-line.js';
import { givenSettings, type SettingOptions, withAuthoritySettings } from './authority-settings.js';
import { accepted, withService } from './with-service.js';

interface ChangeOptions extends SettingOptions {
  readonly unset?: readonly string[];
  readonly unsetSecret?: readonly string[];
  readonly json?: true;
}

/** `opencapf authority change`: settings and secrets; what is not said stays as it is. */
export function authorityChangeCommand(surroundings: Surroundings): Command {
  const command = new Command('change')
    .description('change how an authority is asked, or where its key lies; holds for the next phone')
    .argument('<authority>', 'its number or name, as "opencapf authority list" shows them');
  const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
    ...(before ?? []),
    value,
  ];
  return withAuthoritySettings(command)
    .addOption(new Option('--unset <setting>', 'back to its default; may be given several times').argParser(several))
    .addOption(new Option('--unset-secret <secret>', 'forget it; may be given several times').argParser(several))
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
What is not given stays as it is. A key that lies in a file or an HSM is opened with what is given before anything is changed.

Examples:
  opencapf authority change "Site CA" --password-file password.txt
  echo '{"timeoutSeconds":60}' | opencapf authority change "Site CA" --config - --unset label
  opencapf authority change HSM --ask pin`,
    )
    .action(async (authority: string, options: ChangeOptions) => {
      const given = await givenSettings(surroundings, options);
      if (given === undefined) return;
      const nothing = (names: readonly string[] = []): object => Object.fromEntries(names.map((name) => [name, null]));
      const configuration = { ...given.configuration, ...nothing(options.unset) };
      const secrets = { ...given.secrets, ...nothing(options.unsetSecret) };
      const change = {
        ...(Object.keys(configuration).length === 0 ? {} : { configuration }),
        ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
        ...(given.lscTrust === undefined ? {} : { lscTrust: given.lscTrust }),
      };
      if (Object.keys(change).length === 0) {
        surroundings.terminal.exitCode = 2;
        surroundings.terminal.stderr.write('opencapf: nothing to change was given\n');
        return;
      }
      await withService(surroundings, async (client) => {
        const path = `/v1/authorities/${encodeURIComponent(authority)}`;
        const body = { type: 'application/json', content: JSON.stringify(change) };
        const changed = accepted(await client.request('PATCH', path, body));
        surroundings.terminal.stdout.write(
          options.json ? `${JSON.stringify(changed)}\n` : `${authorityLine(changed)}\n`,
        );
      });
    });
}
