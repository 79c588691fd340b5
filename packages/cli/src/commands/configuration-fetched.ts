import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

/** `opencapf configuration fetched`: which files a phone has, and from where they were fetched. */
export function fetchedCommand(surroundings: Surroundings): Command {
  const { terminal } = surroundings;
  return new Command('fetched')
    .description('show which versions of its files were fetched last in the name of a device, when and from where')
    .argument('<device>', 'its name')
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
Anybody may fetch the files of a phone: an address that is not the phone's says that it was somebody else.

Example:
  opencapf configuration fetched SEP001122334455`,
    )
    .action(async (device: string, { json }: { json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get(`/v1/devices/${encodeURIComponent(device)}/files`));
        const lines = itemsOf(answer).map(
          ({ file, version, fetchedAt, address, outdated }) =>
            `${shown(file)}  version ${shown(version)}  fetched ${shown(fetchedAt)} from ${address === null ? '(not known)' : shown(address)}  ${outdated === true ? 'outdated' : 'current'}`,
        );
        if (json) terminal.stdout.write(`${JSON.stringify(answer)}\n`);
        else terminal.stdout.write(lines.length === 0 ? 'nothing was fetched here\n' : `${lines.join('\n')}\n`);
      });
    });
}
