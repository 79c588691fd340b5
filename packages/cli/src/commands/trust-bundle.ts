import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { writeOut } from './files.js';
import { accepted, withService } from './with-service.js';

/** `opencapf trust bundle`: whom others are to trust. */
export function trustBundleCommand(surroundings: Surroundings): Command {
  return new Command('bundle')
    .description(
      'whom call control, RADIUS, VPN gateways and SRST are to trust: PEM, on standard output or into a file',
    )
    .option('--out <file>', 'the file to write')
    .addHelpText(
      'after',
      `
Holds every authority that signs LSCs, is to sign them or did, and every CAPF certificate, with those above them.

Example:
  opencapf trust bundle --out bundle.pem`,
    )
    .action(async ({ out }: { readonly out?: string }) => {
      await withService(surroundings, async (client) => {
        const answer = await client.get('/v1/trust-bundle');
        accepted(answer);
        if (out === undefined) surroundings.terminal.stdout.write(String(answer.body));
        else await writeOut(resolve(surroundings.typedIn, out), String(answer.body), surroundings.terminal);
      });
    });
}
