import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { writeText } from './files.js';
import { accepted, withService } from './with-service.js';

/** `opencapf trust bundle`: whom others are to trust. */
export function trustBundleCommand({ typedIn, ...rest }: Surroundings): Command {
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
      await withService({ typedIn, ...rest }, async (client) => {
        const answer = await client.get('/v1/trust-bundle');
        accepted(answer);
        if (out === undefined) process.stdout.write(String(answer.body));
        else await writeText(resolve(typedIn, out), String(answer.body));
      });
    });
}
